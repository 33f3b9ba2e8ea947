// What follows from each change of a download's state.
#pragma once

#include <memory>

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

  void OnJobChanged(const std::shared_ptr<Job>& job) override {
    store_->Update(job->sequence(), job->Snapshot());
    if (job->backing_off() && !job->final()) queue_->Reconsider();
    observers_->OnJobChanged(job);
  }

 private:
  JobStore* const store_;
  JobObservers* const observers_;
  JobQueue* const queue_;
};

}  // namespace localstore::server
