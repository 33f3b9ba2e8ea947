// A request to stop that wakes whoever waits.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace localstore::fetcher {

// Thread-safe. Must outlive every Registration made on it.
class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  // The first call decides the reason; later ones do nothing. `why` must not be
  // OK. Runs the registered callbacks before it returns.
  void Request(absl::Status why) ABSL_LOCKS_EXCLUDED(mutex_);

  // OK until requested, then `why`.
  absl::Status status() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits until requested or `duration` has passed (by the monotonic clock);
  // true if requested.
  bool WaitFor(absl::Duration duration) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Calls `wake` once when requested, at once if that was before. The callback
  // must not block. When the registration is destroyed, `wake` neither runs nor
  // will run.
  class Registration {
   public:
    Registration(Cancellation& cancellation, std::function<void()> wake);
    ~Registration();
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    Cancellation& cancellation_;
    uint64_t id_ = 0;
  };

 private:
  mutable absl::Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, std::function<void()>> callbacks_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  uint64_t running_ ABSL_GUARDED_BY(mutex_) =
      0;  // id of the callback that runs
};

}  // namespace localstore::fetcher
