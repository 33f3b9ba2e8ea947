// How long to wait before the next try.
#pragma once

#include <functional>

#include "absl/time/time.h"

namespace localstore::fetcher {

// Exponential, with full jitter: each wait is a random part of a bound that
// doubles, so that downloads that failed together do not come back together.
// Not thread-safe.
class Backoff {
 public:
  struct Limits {
    absl::Duration initial = absl::Seconds(1);    // the first bound
    absl::Duration max = absl::Seconds(60);       // the last
    absl::Duration min = absl::Milliseconds(50);  // no wait is shorter
  };

  // `random`: uniform in [0, 1).
  Backoff(const Limits& limits, std::function<double()> random)
      : limits_(limits), random_(std::move(random)), bound_(limits.initial) {}

  absl::Duration Next();
  // What follows begins anew.
  void Reset() { bound_ = limits_.initial; }

 private:
  const Limits limits_;
  const std::function<double()> random_;
  absl::Duration bound_;
};

}  // namespace localstore::fetcher
