#include "fetcher/fetch_gate.h"

#include <utility>

namespace localstore::fetcher {

Cancellation::Registration FetchGate::Follow(Cancellation& caller) {
  return Cancellation::Registration(
      caller, [this, &caller] { Cancel(caller.status()); });
}

absl::StatusOr<FetchResult> FetchGate::Await() {
  const auto may_leave = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return finished_ || (cancelled_ && !committing_);
  };
  absl::StatusOr<FetchResult> result;
  {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&may_leave));
    result = finished_ ? std::move(result_) : cancellation_.status();
  }
  absl::MutexLock lock(&observer_mutex_);
  observer_ = nullptr;
  return result;
}

void FetchGate::Cancel(absl::Status why) {
  // First, so that who sees `cancelled_` finds the reason there.
  cancellation_.Request(std::move(why));
  absl::MutexLock lock(&mutex_);
  cancelled_ = true;
}

void FetchGate::Observe(const std::function<void(FetchObserver&)>& call) {
  absl::MutexLock lock(&observer_mutex_);
  if (observer_ != nullptr) call(*observer_);
}

bool FetchGate::BeginCommit() {
  absl::MutexLock lock(&mutex_);
  if (cancelled_) return false;
  committing_ = true;
  return true;
}

void FetchGate::Finish(absl::StatusOr<FetchResult> result) {
  absl::MutexLock lock(&mutex_);
  result_ = std::move(result);
  finished_ = true;
}

}  // namespace localstore::fetcher
