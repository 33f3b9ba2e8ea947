// What a store is still to write, and who waits for that.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "localstore/v1/local_datastore.pb.h"
#include "server/jobs/job_store.h"
#include "server/store/job_creation.h"
#include "server/timer/timer.h"

namespace localstore::server {

// Thread-safe, for any number of those who change and one who writes.
class PendingChanges : public std::enable_shared_from_this<PendingChanges> {
 public:
  // Of one job.
  struct Change {
    bool remove = false;
    v1::Download download;  // the newest
    // By number: an attempt's last word is not lost when the next one begins
    // before it is written.
    std::map<int32_t, v1::Download> attempts;
  };
  using Changes = std::map<uint64_t, Change>;  // by the job's sequence

  // What is to be written at once: first the new jobs, each by itself.
  struct Batch {
    std::vector<std::shared_ptr<JobCreation>> creations;
    Changes changes;
    uint64_t last_flush = 0;  // who asked up to here waits for this batch
    bool last = false;        // nothing follows
  };

  // What could not be written is tried again this long after.
  static constexpr absl::Duration kRetryInterval = absl::Seconds(5);

  // `timer` must outlive it.
  static std::shared_ptr<PendingChanges> Create(Timer* timer);
  PendingChanges(const PendingChanges&) = delete;
  PendingChanges& operator=(const PendingChanges&) = delete;

  // See JobStore. Who writes the job settles its creation.
  absl::Status Create(const StoredJob& job, absl::Duration patience)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Update(uint64_t sequence, const v1::Download& download)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(uint64_t sequence) ABSL_LOCKS_EXCLUDED(mutex_);
  void Flush(absl::Duration patience, JobStore::Done done)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Nothing is changed any more: what is there is the last batch.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits until there is something to write, and takes it. Each batch goes to
  // Settle before the next is taken.
  Batch Take() ABSL_LOCKS_EXCLUDED(mutex_);

  // A batch was written, or why it was not: then it becomes part of the next.
  // Whoever waits for it hears of that.
  void Settle(Batch batch, const absl::Status& status)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Waiter {
    JobStore::Done done;
    Timer::Id end_of_patience = 0;
  };

  explicit PendingChanges(Timer* timer) : timer_(timer) {}

  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void PutBack(Changes changes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RetryLater() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status TooLate(absl::Duration patience) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void GiveUp(const std::shared_ptr<JobCreation>& creation,
              absl::Duration patience) ABSL_LOCKS_EXCLUDED(mutex_);
  void GiveUp(uint64_t flush, absl::Duration patience)
      ABSL_LOCKS_EXCLUDED(mutex_);

  Timer* const timer_;
  absl::Mutex mutex_;
  std::vector<std::shared_ptr<JobCreation>> creations_ ABSL_GUARDED_BY(mutex_);
  Changes changes_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);  // of the last batch
  // Until it is tried again, unless somebody waits.
  bool resting_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t flushes_asked_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t flushes_done_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
