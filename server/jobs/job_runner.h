// A job's way from where it was accepted to its end.
#pragma once

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fetcher/image_fetcher.h"
#include "server/jobs/job.h"
#include "server/jobs/job_changes.h"
#include "server/jobs/job_observers.h"
#include "server/jobs/job_queue.h"
#include "server/jobs/job_store.h"
#include "server/jobs/job_table.h"
#include "server/timer/timer.h"

namespace localstore::server {

// Thread-safe. The jobs are those of a table, which it takes the lock of.
class JobRunner {
 public:
  // Everything that is pointed to must outlive the runner.
  struct Parts {
    fetcher::ImageFetcher* fetcher = nullptr;
    JobStore* store = nullptr;
    Timer* timer = nullptr;
    SharedJobTable* jobs = nullptr;
    // Hears of each job that `changes` observes.
    JobObservers* observers = nullptr;
  };

  JobRunner(const JobQueue::Limits& limits, const Parts& parts);

  // To observe every job that has not ended.
  const std::shared_ptr<JobChanges>& changes() const { return changes_; }

  JobQueue& queue() { return *queue_; }
  const JobQueue& queue() const { return *queue_; }

  // Writes a job down that has a place in the queue, and queues it. `obstacle`
  // is why it was parked before, if it was, and is again if that fails; one
  // that was new is forgotten then. Errors: those of JobStore::Create;
  // SHUTTING_DOWN.
  absl::Status Launch(const std::shared_ptr<Job>& job,
                      const absl::Status& obstacle)
      ABSL_LOCKS_EXCLUDED(parts_.jobs->mutex);

  // Goes on with a job of an earlier process: see JobRegistry::Restore.
  void Resume(const std::shared_ptr<Job>& job, const absl::Status& obstacle)
      ABSL_LOCKS_EXCLUDED(parts_.jobs->mutex);

  // Ends a job, wherever it is; soon, if it runs.
  void Stop(const std::shared_ptr<Job>& job, const absl::Status& why)
      ABSL_LOCKS_EXCLUDED(parts_.jobs->mutex);

  // Deletes the unfinished file of a job that holds its destination, and
  // releases that.
  void Discard(const std::shared_ptr<Job>& job)
      ABSL_LOCKS_EXCLUDED(parts_.jobs->mutex);

  // Takes no more jobs, ends those that are there with SHUTTING_DOWN, and waits
  // for those that run.
  void Drain() ABSL_LOCKS_EXCLUDED(parts_.jobs->mutex);

 private:
  void Park(const std::shared_ptr<Job>& job, const absl::Status& obstacle) const
      ABSL_LOCKS_EXCLUDED(parts_.jobs->mutex);
  void ParkAgain(const std::shared_ptr<Job>& job, const absl::Status& obstacle)
      ABSL_LOCKS_EXCLUDED(parts_.jobs->mutex);
  // Takes a job that does not run out of where it waits.
  bool Withdraw(const std::shared_ptr<Job>& job)
      ABSL_LOCKS_EXCLUDED(parts_.jobs->mutex);
  // For one that was stopped before it was in the queue, or while it was.
  void WithdrawIfStopped(const std::shared_ptr<Job>& job)
      ABSL_LOCKS_EXCLUDED(parts_.jobs->mutex);
  void Run(const std::shared_ptr<Job>& job)
      ABSL_LOCKS_EXCLUDED(parts_.jobs->mutex);
  // Fetches its image, or copies that of a download that brought it meanwhile.
  absl::StatusOr<fetcher::FetchResult> Fetch(const std::shared_ptr<Job>& job)
      const ABSL_LOCKS_EXCLUDED(parts_.jobs->mutex);
  void Finish(const std::shared_ptr<Job>& job,
              const absl::StatusOr<fetcher::FetchResult>& result)
      ABSL_LOCKS_EXCLUDED(parts_.jobs->mutex);
  // A job is about to end: releases its destination, unless its unfinished file
  // is to be discarded before; true then.
  bool IsToDiscard(const std::shared_ptr<Job>& job, bool failed)
      ABSL_LOCKS_EXCLUDED(parts_.jobs->mutex);
  void Release(const std::shared_ptr<Job>& job) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(parts_.jobs->mutex);

  const Parts parts_;
  std::unique_ptr<JobQueue> queue_;  // its threads use the rest
  std::shared_ptr<JobChanges> changes_;
};

}  // namespace localstore::server
