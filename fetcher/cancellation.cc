#include "fetcher/cancellation.h"

#include <utility>

namespace localstore::fetcher {

void Cancellation::Request(absl::Status why) {
  absl::MutexLock lock(&mutex_);
  if (!status_.ok()) return;
  status_ = std::move(why);
  while (!callbacks_.empty()) {
    const auto next = callbacks_.begin();
    const std::function<void()> wake = std::move(next->second);
    running_ = next->first;
    callbacks_.erase(next);
    mutex_.Unlock();
    wake();
    mutex_.Lock();
    running_ = 0;
  }
}

absl::Status Cancellation::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

bool Cancellation::WaitFor(absl::Duration duration) const {
  const auto requested = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !status_.ok();
  };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&requested), duration);
}

Cancellation::Registration::Registration(Cancellation& cancellation,
                                         std::function<void()> wake)
    : cancellation_(cancellation) {
  {
    absl::MutexLock lock(&cancellation_.mutex_);
    if (cancellation_.status_.ok()) {
      id_ = cancellation_.next_id_++;
      cancellation_.callbacks_.emplace(id_, std::move(wake));
      return;
    }
  }
  wake();
}

Cancellation::Registration::~Registration() {
  if (id_ == 0) return;
  const auto not_running =
      [this]() ABSL_SHARED_LOCKS_REQUIRED(cancellation_.mutex_) {
        return cancellation_.running_ != id_;
      };
  absl::MutexLock lock(&cancellation_.mutex_);
  cancellation_.callbacks_.erase(id_);
  cancellation_.mutex_.Await(absl::Condition(&not_running));
}

}  // namespace localstore::fetcher
