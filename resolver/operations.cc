#include "resolver/operations.h"

namespace localstore::resolver {

Operations::Id Operations::Begin() {
  absl::MutexLock lock(&mutex_);
  const Id id = ++last_id_;
  live_.insert(id);
  return id;
}

void Operations::Run(Id id, bool last, const std::function<void()>& callback) {
  {
    absl::MutexLock lock(&mutex_);
    if (!live_.contains(id)) return;
    if (last) live_.erase(id);
    running_ = id;
  }
  callback();
  absl::MutexLock lock(&mutex_);
  running_ = 0;
}

bool Operations::End(Id id) {
  if (id == 0) return false;  // none, and what running_ is when none runs
  absl::MutexLock lock(&mutex_);
  const bool was_live = live_.erase(id) > 0;
  if (executor_->IsCurrentThread()) return was_live;
  const auto has_ended = [this, id]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return running_ != id;
  };
  mutex_.Await(absl::Condition(&has_ended));
  return was_live;
}

bool Operations::IsLive(Id id) const {
  absl::MutexLock lock(&mutex_);
  return live_.contains(id);
}

}  // namespace localstore::resolver
