// The downloads that are remembered, and how they are found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/jobs/file_owner.h"
#include "server/jobs/job.h"
#include "server/timer/timer.h"

namespace localstore::server {

// Not thread-safe.
class JobTable {
 public:
  struct Entry {
    std::shared_ptr<Job> job;
    Timer::Id expiry = 0;
    // Its unfinished file is to go when it ends.
    bool discard_partial = false;
    // What is to become of its files is decided: it has ended, or is about to.
    bool over = false;
    // It waits for a request that brings what it lacks.
    bool parked = false;
  };

  // In place of one with the same id.
  Entry& Insert(const std::shared_ptr<Job>& job);
  void Erase(const Job& job);

  // nullptr when there is none.
  Entry* Find(absl::string_view id);
  const Entry* Find(absl::string_view id) const;
  // Of this very job, not of a later one with its id.
  Entry* EntryOf(const Job& job);

  // At most `limit` jobs in the order they were asked for, those with a
  // sequence above `after`.
  std::vector<std::shared_ptr<Job>> List(uint64_t after, int limit) const;
  // The same, of those with these ids. Errors: DOWNLOAD_NOT_FOUND for the first
  // that is not there.
  absl::StatusOr<std::vector<std::shared_ptr<Job>>> ListOf(
      const std::vector<std::string>& ids, uint64_t after, int limit) const;

  // A destination is held by one job at a time. Hold is false when another one
  // has it.
  bool Hold(const std::shared_ptr<Job>& job);
  void Release(const Job& job);
  std::shared_ptr<Job> HolderOf(const std::string& destination) const;
  std::vector<std::shared_ptr<Job>> Holders() const;
  // Those of them that are parked.
  std::vector<std::shared_ptr<Job>> Parked() const;

  OwnedFiles FilesOf(const Job& job) const;
  bool CanGoOn(const std::string& destination) const;

  // Completed downloads of the same image to other destinations, the last
  // first, that had not ended when this one was asked for.
  std::vector<std::shared_ptr<Job>> CopiesFor(const Job& job) const;

  // To be told of each that has ended.
  void NoteEnd(const std::shared_ptr<Job>& job);
  // Those that have ended, oldest end first, which are beyond so many or ended
  // before `too_old`.
  std::vector<std::shared_ptr<Job>> Outdated(size_t max_ended,
                                             absl::Time too_old) const;

 private:
  // The keys are those of a job that is there.
  using Index = absl::flat_hash_map<absl::string_view, JobsBySequence>;
  using KeyOf = const std::string& (Job::*)() const;

  static void EraseFrom(Index& index, KeyOf key, const Job& job);
  const JobsBySequence& At(const std::string& destination) const;

  // Entries stay where they are. The keys are those of their jobs.
  absl::node_hash_map<absl::string_view, Entry> by_id_;
  JobsBySequence by_sequence_;
  Index by_destination_;
  Index by_digest_;
  absl::flat_hash_map<std::string, std::shared_ptr<Job>> holders_;
  absl::btree_map<std::pair<absl::Time, uint64_t>, std::shared_ptr<Job>> ended_;
};

// For those who share it.
struct SharedJobTable {
  mutable absl::Mutex mutex;
  // Destinations are held by jobs that have not ended, and while files of those
  // that have are deleted.
  JobTable table ABSL_GUARDED_BY(mutex);
};

}  // namespace localstore::server
