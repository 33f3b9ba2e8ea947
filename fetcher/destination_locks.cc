#include "fetcher/destination_locks.h"

#include <utility>

namespace localstore::fetcher {

absl::StatusOr<DestinationLocks::Lock> DestinationLocks::Acquire(
    const std::string& destination, Cancellation& cancellation) {
  bool cancelled = false;
  const Cancellation::Registration registration(cancellation, [&] {
    absl::MutexLock lock(&mutex_);
    cancelled = true;
  });
  const auto ready = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return cancelled || held_.count(destination) == 0;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&ready));
  if (cancelled) return cancellation.status();
  held_.insert(destination);
  return Lock(this, destination);
}

void DestinationLocks::Release(const std::string& destination) {
  absl::MutexLock lock(&mutex_);
  held_.erase(destination);
}

}  // namespace localstore::fetcher
