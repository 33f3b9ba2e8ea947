#include "server/jobs/rate_estimator.h"

#include <cmath>

namespace localstore::server {
namespace {

// Shorter samples say more of the scheduler than of the network.
constexpr absl::Duration kShortestSample = absl::Milliseconds(100);

}  // namespace

RateEstimator::RateEstimator(absl::Duration time_constant)
    : time_constant_(absl::ToDoubleSeconds(time_constant)) {}

void RateEstimator::Reset(absl::Duration now, int64_t bytes) {
  average_ = Average();
  average_.until = now;
  averaged_bytes_ = bytes;
  bytes_ = bytes;
}

RateEstimator::Average RateEstimator::With(absl::Duration now,
                                           int64_t bytes) const {
  const double seconds = absl::ToDoubleSeconds(now - average_.until);
  const double share = 1 - std::exp(-seconds / time_constant_);
  const double rate = static_cast<double>(bytes - averaged_bytes_) / seconds;
  Average result;
  result.until = now;
  result.weighted = average_.weighted + share * (rate - average_.weighted);
  result.weight = average_.weight + share * (1 - average_.weight);
  return result;
}

void RateEstimator::Update(absl::Duration now, int64_t bytes) {
  bytes_ = bytes;
  if (now - average_.until < kShortestSample) return;
  average_ = With(now, bytes);
  averaged_bytes_ = bytes;
}

double RateEstimator::BytesPerSecond(absl::Duration now) const {
  const Average average =
      now - average_.until < kShortestSample ? average_ : With(now, bytes_);
  return average.weight > 0 ? average.weighted / average.weight : 0;
}

absl::Duration RateEstimator::TimeLeft(absl::Duration now,
                                       int64_t total_bytes) const {
  const double rate = BytesPerSecond(now);
  if (total_bytes <= 0 || rate <= 0) return absl::InfiniteDuration();
  if (bytes_ >= total_bytes) return absl::ZeroDuration();
  return absl::Seconds(static_cast<double>(total_bytes - bytes_) / rate);
}

}  // namespace localstore::server
