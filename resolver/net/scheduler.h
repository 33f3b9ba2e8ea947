// Time and timers, handed in so that tests need not wait.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/time/time.h"

namespace localstore::resolver {

// Not thread-safe: used on the loop's own thread, except Now(), which may be
// called from any.
class Scheduler {
 public:
  using TimerId = uint64_t;  // never 0

  virtual ~Scheduler() = default;

  // Monotonic: not the time of day, and unmoved when that is set.
  virtual absl::Time Now() const = 0;

  // Runs `task` once, `delay` from now (at the next turn of the loop when that
  // is zero or negative).
  virtual TimerId RunAfter(absl::Duration delay,
                           std::function<void()> task) = 0;

  // Unknown, finished and 0 are ignored.
  virtual void CancelTimer(TimerId id) = 0;
};

// The way onto the loop's thread from any other.
class Executor {
 public:
  virtual ~Executor() = default;

  // Runs `task` once on the loop's thread, never within this call, in the order
  // of the calls. Any thread. Dropped unrun when the loop has ended.
  virtual void Post(std::function<void()> task) = 0;

  // Whether the caller is on the loop's thread.
  virtual bool IsCurrentThread() const = 0;
};

}  // namespace localstore::resolver
