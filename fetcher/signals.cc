#include "fetcher/signals.h"

namespace localstore::fetcher {

void Signals::Raise(Signal signal) {
  absl::MutexLock lock(&mutex_);
  raised_ |= signal;
}

void Signals::Clear(Signal signal) {
  absl::MutexLock lock(&mutex_);
  raised_ &= ~static_cast<uint32_t>(signal);
}

Signals::Signal Signals::Wait(uint32_t mask, absl::Duration timeout) {
  mask |= kCancelled;
  const auto any = [this, mask]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return (raised_ & mask) != 0;
  };
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithTimeout(absl::Condition(&any), timeout)) return kNone;
  for (const Signal signal : {kCancelled, kTransferEnded, kEndpointsChanged}) {
    if ((raised_ & mask & signal) == 0) continue;
    if (signal != kCancelled) raised_ &= ~static_cast<uint32_t>(signal);
    return signal;
  }
  return kNone;
}

}  // namespace localstore::fetcher
