#include "server/jobs/job_observers.h"

#include <utility>
#include <vector>

namespace localstore::server {

JobObservers::Id JobObservers::Add(std::weak_ptr<JobObserver> observer) {
  absl::MutexLock lock(&mutex_);
  const Id id = next_id_++;
  observers_.emplace(id, std::move(observer));
  return id;
}

void JobObservers::Remove(Id id) {
  absl::MutexLock lock(&mutex_);
  observers_.erase(id);
}

void JobObservers::OnJobChanged(const std::shared_ptr<Job>& job) {
  std::vector<std::shared_ptr<JobObserver>> observers;
  {
    absl::MutexLock lock(&mutex_);
    observers.reserve(observers_.size());
    for (const auto& candidate : observers_) {
      if (auto held = candidate.second.lock()) {
        observers.push_back(std::move(held));
      }
    }
  }
  for (const auto& observer : observers) observer->OnJobChanged(job);
}

}  // namespace localstore::server
