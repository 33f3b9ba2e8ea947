// All downloads: one job an id, one transfer a destination.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "fetcher/image_fetcher.h"
#include "server/jobs/download_order.h"
#include "server/jobs/image_files.h"
#include "server/jobs/job.h"
#include "server/jobs/job_observers.h"
#include "server/jobs/job_queue.h"
#include "server/jobs/job_runner.h"
#include "server/jobs/job_store.h"
#include "server/jobs/job_table.h"
#include "server/timer/timer.h"

namespace localstore::server {

// Thread-safe. Call Drain before destroying it.
class JobRegistry {
 public:
  struct Options {
    JobQueue::Limits queue;
    // Downloads that have ended are forgotten beyond this number, oldest first,
    // and at this age.
    int max_ended = 1000;
    absl::Duration max_ended_age = absl::Hours(24 * 7);
  };

  // Everything that is pointed to must outlive the registry.
  struct Parts {
    fetcher::ImageFetcher* fetcher = nullptr;
    ImageFiles* files = nullptr;
    JobStore* store = nullptr;
    Timer* timer = nullptr;
  };

  JobRegistry(const Options& options, const Parts& parts);
  ~JobRegistry();
  JobRegistry(const JobRegistry&) = delete;
  JobRegistry& operator=(const JobRegistry&) = delete;

  // Takes up a job of an earlier process. One that has not ended is queued, if
  // nothing is in its way; waits for a request that brings its credentials, if
  // that is CREDENTIALS_NEEDED; fails otherwise. Of two with one id, which only
  // a damaged store has, the second is left out.
  void Restore(DownloadOrder order, StoredJob stored,
               const absl::Status& obstacle) ABSL_LOCKS_EXCLUDED(jobs_.mutex);

  // New jobs are numbered from beyond `sequence`, which is in use.
  void NumberAfter(uint64_t sequence) ABSL_LOCKS_EXCLUDED(jobs_.mutex);

  // Starts a download, or finds the one that has this id: one that failed or
  // was cancelled is started again, one that waits for its credentials goes on.
  // The caller counts as a stream of it until it calls Detach.
  //
  // Errors: DOWNLOAD_CONFLICT when the id belongs to another request or the
  // destination to another download that has not ended; QUEUE_FULL;
  // SHUTTING_DOWN; those of JobStore::Create.
  absl::StatusOr<std::shared_ptr<Job>> Attach(DownloadOrder order)
      ABSL_LOCKS_EXCLUDED(jobs_.mutex);

  // Ends a stream, and cancels the download that nobody wants any more.
  void Detach(const std::shared_ptr<Job>& job) ABSL_LOCKS_EXCLUDED(jobs_.mutex);

  // Errors: DOWNLOAD_NOT_FOUND.
  absl::StatusOr<std::shared_ptr<Job>> Find(absl::string_view id) const
      ABSL_LOCKS_EXCLUDED(jobs_.mutex);

  // Stops a download; one that has ended stays as it is. The job that is
  // returned ends soon after, if it has not. With `discard_partial` nothing is
  // kept to resume from. Errors: DOWNLOAD_NOT_FOUND.
  absl::StatusOr<std::shared_ptr<Job>> Cancel(absl::string_view id,
                                              bool discard_partial)
      ABSL_LOCKS_EXCLUDED(jobs_.mutex);

  // Calls `done`, once and on any thread, when a job that has ended will still
  // have ended as it has after the server was killed, or with why that is not
  // certain. Errors: those of JobStore::Flush.
  void Persist(const std::shared_ptr<Job>& job, JobStore::Done done);

  // Whether a download that is remembered could go on with what is unfinished
  // at a destination.
  bool Claims(const std::string& destination) const
      ABSL_LOCKS_EXCLUDED(jobs_.mutex);

  // Forgets a download that has ended, and calls `done`, once and on any
  // thread. With `delete_file` its files go, but not those that a later
  // download to the same destination has left there. Errors:
  // DOWNLOAD_NOT_FOUND, DOWNLOAD_ACTIVE, those of ImageFiles::Delete and of
  // ImageFetcher::DiscardPartial; those of JobStore::Flush when it is
  // forgotten, but a server that is killed would remember it again.
  void Remove(absl::string_view id, bool delete_file, JobStore::Done done)
      ABSL_LOCKS_EXCLUDED(jobs_.mutex);

  // At most `limit` jobs in the order they were asked for, those with a
  // sequence above `after`.
  std::vector<std::shared_ptr<Job>> List(uint64_t after, int limit) const
      ABSL_LOCKS_EXCLUDED(jobs_.mutex);

  // The same, of those with these ids. Errors: DOWNLOAD_NOT_FOUND for the first
  // that is not there.
  absl::StatusOr<std::vector<std::shared_ptr<Job>>> ListOf(
      const std::vector<std::string>& ids, uint64_t after, int limit) const
      ABSL_LOCKS_EXCLUDED(jobs_.mutex);

  // Who hears of every job, those to come included.
  JobObservers& observers() { return *observers_; }

  // Takes no more downloads and stops those that run, so that another process
  // can go on with them. Each stream of theirs ends with SHUTTING_DOWN. Waits
  // until nothing runs and the store is written.
  void Drain() ABSL_LOCKS_EXCLUDED(jobs_.mutex);

  void SetOptions(const Options& options) ABSL_LOCKS_EXCLUDED(jobs_.mutex);

  int active() const { return runner_.queue().active(); }
  int waiting() const { return runner_.queue().waiting(); }

 private:
  // Lets timers reach the registry while it is there.
  struct Anchor {
    absl::Mutex mutex;
    JobRegistry* registry ABSL_GUARDED_BY(mutex) = nullptr;
  };

  // The job that a request for `order` attaches to without more ado; nullptr
  // when there is none.
  absl::StatusOr<std::shared_ptr<Job>> FindRunning(const DownloadOrder& order)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(jobs_.mutex);
  // A new job for `order`, or the one that waits for it, with a place in the
  // queue. `obstacle` gets what that one was parked for.
  absl::StatusOr<std::shared_ptr<Job>> Prepare(DownloadOrder order,
                                               absl::Status& obstacle)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(jobs_.mutex);
  std::shared_ptr<Job> Unpark(DownloadOrder order)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(jobs_.mutex);
  absl::Status CheckDestination(const DownloadOrder& order) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(jobs_.mutex);
  void Enter(const std::shared_ptr<Job>& job, absl::Duration time_left)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(jobs_.mutex);
  void SetExpiry(JobTable::Entry& entry, absl::Duration time_left)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(jobs_.mutex);
  void Forget(const std::shared_ptr<Job>& job)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(jobs_.mutex);
  // What can be removed at once of all that Remove does.
  absl::Status RemoveNow(const std::shared_ptr<Job>& job, bool delete_file)
      ABSL_LOCKS_EXCLUDED(jobs_.mutex);
  absl::Status DeleteFiles(const Job& job, OwnedFiles owned) const;
  void Retire() ABSL_LOCKS_EXCLUDED(jobs_.mutex);
  void RetireRegularly();

  const Parts parts_;
  const std::shared_ptr<JobObservers> observers_;
  const std::shared_ptr<Anchor> anchor_;

  SharedJobTable jobs_;
  Options options_ ABSL_GUARDED_BY(jobs_.mutex);
  bool draining_ ABSL_GUARDED_BY(jobs_.mutex) = false;
  uint64_t last_sequence_ ABSL_GUARDED_BY(jobs_.mutex) = 0;
  Timer::Id retiring_ ABSL_GUARDED_BY(jobs_.mutex) = 0;
  JobRunner runner_;  // its threads use the table
};

}  // namespace localstore::server
