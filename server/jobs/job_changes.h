// What follows from each change of a download's state.
#pragma once

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/jobs/job.h"
#include "server/jobs/job_observers.h"
#include "server/jobs/job_queue.h"
#include "server/jobs/job_store.h"

namespace localstore::server {

// It is written down, may let others leave the queue, and is passed on.
// Thread-safe.
class JobChanges : public JobObserver {
 public:
  // What is pointed to must outlive it.
  JobChanges(JobStore* store, JobObservers* observers, JobQueue* queue)
      : store_(store), observers_(observers), queue_(queue) {}

  void OnJobChanged(const std::shared_ptr<Job>& job) override
      ABSL_LOCKS_EXCLUDED(recording_) {
    Record(job);
    if (job->backing_off() && !job->final()) queue_->Reconsider();
    observers_->OnJobChanged(job);
  }

  // Hands the store how the job is now.
  void Record(const std::shared_ptr<Job>& job) ABSL_LOCKS_EXCLUDED(recording_) {
    // Held until the store has it: else an older look at the job, by another
    // thread, could come there after the one that tells its end.
    absl::MutexLock lock(&recording_);
    store_->Update(job->sequence(), job->Snapshot());
  }

 private:
  absl::Mutex recording_;
  JobStore* const store_;
  JobObservers* const observers_;
  JobQueue* const queue_;
};

}  // namespace localstore::server
