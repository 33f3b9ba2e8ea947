// Time and timers, handed in so that tests need not wait.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/time/time.h"

namespace localstore::server {

// Thread-safe.
class Timer {
 public:
  using Id = uint64_t;  // never 0

  virtual ~Timer() = default;

  // The time of day, for what people read.
  virtual absl::Time Now() const = 0;

  // Since some moment in the past, by a clock that nobody sets.
  virtual absl::Duration Elapsed() const = 0;

  // Runs `task` once, `delay` from now, on the timer's own thread; it must not
  // block.
  virtual Id CallAfter(absl::Duration delay, std::function<void()> task) = 0;

  // Does not wait for a task that runs already. Unknown ids and 0 are ignored.
  virtual void Cancel(Id id) = 0;
};

}  // namespace localstore::server
