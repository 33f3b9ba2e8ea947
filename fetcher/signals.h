// What a download waits for, whichever comes first.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

namespace localstore::fetcher {

// Thread-safe. A signal stays raised until it is waited for.
class Signals {
 public:
  enum Signal : uint32_t {
    kNone = 0,
    kCancelled = 1,  // stays raised
    kTransferEnded = 2,
    kEndpointsChanged = 4,
  };

  void Raise(Signal signal) ABSL_LOCKS_EXCLUDED(mutex_);
  void Clear(Signal signal) ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits for any of `mask` (and kCancelled) or until `timeout` has passed by
  // the monotonic clock; returns one that is raised and lowers it, or kNone.
  Signal Wait(uint32_t mask, absl::Duration timeout)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  uint32_t Raised(uint32_t mask) const { return raised_ & (mask | kCancelled); }

  // Not absl's, whose timeouts end by the time of day: setting that clock back
  // would draw a wait out.
  std::mutex mutex_;
  std::condition_variable changed_;
  uint32_t raised_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace localstore::fetcher
