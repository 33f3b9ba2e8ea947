// How fast is it, and when will it be done?
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace localstore::server {

// An exponentially weighted moving average of a transfer's rate: what happened
// `time_constant` ago weighs 1/e of what happens now. It is unbiased from the
// first moment on, and falls while nothing arrives. Not thread-safe.
class RateEstimator {
 public:
  explicit RateEstimator(absl::Duration time_constant = absl::Seconds(3));

  // Starts over: at `now` (monotonic), with `bytes` that were there before.
  void Reset(absl::Duration now, int64_t bytes);

  // `bytes` in all at `now`.
  void Update(absl::Duration now, int64_t bytes);

  // 0 until there is something to go by.
  double BytesPerSecond(absl::Duration now) const;

  // Infinite when nothing moves or the total is not known (0).
  absl::Duration TimeLeft(absl::Duration now, int64_t total_bytes) const;

 private:
  struct Average {
    absl::Duration until;
    double weighted = 0;  // sum of weight × rate
    double weight = 0;    // sum of weights, 1 in the long run
  };

  Average With(absl::Duration now, int64_t bytes) const;

  double time_constant_;
  Average average_;
  int64_t averaged_bytes_ = 0;  // what average_ knows of
  int64_t bytes_ = 0;
};

}  // namespace localstore::server
