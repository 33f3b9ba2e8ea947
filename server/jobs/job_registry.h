// All downloads: one job an id, one transfer a destination.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
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
#include "server/jobs/job_changes.h"
#include "server/jobs/job_observers.h"
#include "server/jobs/job_queue.h"
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
  // that is CREDENTIALS_NEEDED; fails otherwise.
  void Restore(DownloadOrder order, const StoredJob& stored,
               const absl::Status& obstacle) ABSL_LOCKS_EXCLUDED(mutex_);

  // Starts a download, or finds the one that has this id: one that failed or
  // was cancelled is started again, one that waits for its credentials goes on.
  // The caller counts as a stream of it until it calls Detach.
  //
  // Errors: DOWNLOAD_CONFLICT when the id belongs to another request or the
  // destination to another download that has not ended; QUEUE_FULL;
  // SHUTTING_DOWN; those of JobStore::Create.
  absl::StatusOr<std::shared_ptr<Job>> Attach(DownloadOrder order)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends a stream, and cancels the download that nobody wants any more.
  void Detach(const std::shared_ptr<Job>& job) ABSL_LOCKS_EXCLUDED(mutex_);

  // Errors: DOWNLOAD_NOT_FOUND.
  absl::StatusOr<std::shared_ptr<Job>> Find(absl::string_view id) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Stops a download; one that has ended stays as it is. The job that is
  // returned ends soon after, if it has not. With `discard_partial` nothing is
  // kept to resume from. Errors: DOWNLOAD_NOT_FOUND.
  absl::StatusOr<std::shared_ptr<Job>> Cancel(absl::string_view id,
                                              bool discard_partial)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether a download that is remembered could go on with what is unfinished
  // at a destination.
  bool Claims(const std::string& destination) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Forgets a download that has ended. With `delete_file` its files go, but not
  // those that a later download to the same destination has left there. Errors:
  // DOWNLOAD_NOT_FOUND, DOWNLOAD_ACTIVE, those of ImageFiles::Delete and of
  // ImageFetcher::DiscardPartial.
  absl::Status Remove(absl::string_view id, bool delete_file)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // At most `limit` jobs in the order they were asked for, those with a
  // sequence above `after`.
  std::vector<std::shared_ptr<Job>> List(uint64_t after, int limit) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // The same, of those with these ids. Errors: DOWNLOAD_NOT_FOUND for the first
  // that is not there.
  absl::StatusOr<std::vector<std::shared_ptr<Job>>> ListOf(
      const std::vector<std::string>& ids, uint64_t after, int limit) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Who hears of every job, those to come included.
  JobObservers& observers() { return *observers_; }

  // Takes no more downloads and stops those that run, so that another process
  // can go on with them. Each stream of theirs ends with SHUTTING_DOWN. Waits
  // until nothing runs and the store is written.
  void Drain() ABSL_LOCKS_EXCLUDED(mutex_);

  void SetOptions(const Options& options) ABSL_LOCKS_EXCLUDED(mutex_);

  int active() const { return queue_->active(); }
  int waiting() const { return queue_->waiting(); }

 private:
  // Lets timers reach the registry while it is there.
  struct Anchor {
    absl::Mutex mutex;
    JobRegistry* registry ABSL_GUARDED_BY(mutex) = nullptr;
  };

  // The job that a request for `order` attaches to without more ado; nullptr
  // when there is none.
  absl::StatusOr<std::shared_ptr<Job>> FindRunning(const DownloadOrder& order)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A new job for `order`, or the one that waits for it, with a place in the
  // queue. `obstacle` gets what that one was parked for.
  absl::StatusOr<std::shared_ptr<Job>> Prepare(DownloadOrder order,
                                               absl::Status& obstacle)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<Job> Unpark(DownloadOrder order)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckDestination(const DownloadOrder& order) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Enter(const std::shared_ptr<Job>& job, absl::Duration time_left)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetExpiry(JobTable::Entry& entry, absl::Duration time_left)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(const std::shared_ptr<Job>& job)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Launch(const std::shared_ptr<Job>& job,
                      const absl::Status& obstacle) ABSL_LOCKS_EXCLUDED(mutex_);
  void ParkAgain(const std::shared_ptr<Job>& job, const absl::Status& obstacle)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Park(const std::shared_ptr<Job>& job, const absl::Status& obstacle)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Resume(const std::shared_ptr<Job>& job, const absl::Status& obstacle)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes a job that does not run out of where it waits.
  bool Withdraw(const std::shared_ptr<Job>& job) ABSL_LOCKS_EXCLUDED(mutex_);
  // For one that was stopped before it was in the queue, or while it was.
  void WithdrawIfStopped(const std::shared_ptr<Job>& job)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void DiscardPartial(const Job& job);
  void Run(const std::shared_ptr<Job>& job) ABSL_LOCKS_EXCLUDED(mutex_);
  // Fetches its image, or copies that of a download that brought it meanwhile.
  absl::StatusOr<fetcher::FetchResult> Fetch(const std::shared_ptr<Job>& job)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Stop(const std::shared_ptr<Job>& job, const absl::Status& why)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Finish(const std::shared_ptr<Job>& job,
              const absl::StatusOr<fetcher::FetchResult>& result)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // A job is about to end: releases its destination, unless its unfinished file
  // is to be discarded before; true then.
  bool IsToDiscard(const std::shared_ptr<Job>& job, bool failed)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void ReleaseLocked(const std::shared_ptr<Job>& job)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Release(const std::shared_ptr<Job>& job) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status DeleteFiles(const Job& job, OwnedFiles owned);
  void Retire() ABSL_LOCKS_EXCLUDED(mutex_);
  void RetireRegularly();

  const Parts parts_;
  const std::shared_ptr<JobObservers> observers_;
  const std::shared_ptr<Anchor> anchor_;

  mutable absl::Mutex mutex_;
  Options options_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t last_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  // Destinations are held by jobs that have not ended, and while files of those
  // that have are deleted.
  JobTable table_ ABSL_GUARDED_BY(mutex_);
  // Those that wait for credentials.
  std::set<std::shared_ptr<Job>> parked_ ABSL_GUARDED_BY(mutex_);
  Timer::Id retiring_ ABSL_GUARDED_BY(mutex_) = 0;

  std::unique_ptr<JobQueue> queue_;  // its threads use the rest
  std::shared_ptr<JobChanges> changes_;
};

}  // namespace localstore::server
