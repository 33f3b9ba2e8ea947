// How long something took, counted without a lock.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "prometheus/metric_family.h"
#include "server/metrics/catalog.h"

namespace localstore::server {

// From a tenth of a millisecond to five minutes. Thread-safe; neither counting
// nor looking waits for the other.
class LatencyHistogram {
 public:
  void Observe(absl::Duration duration);

  // A sample of it, into a family of type histogram.
  void AddTo(const LabelValues& labels, prometheus::MetricFamily& family) const;

 private:
  static constexpr std::array<double, 15> kBounds = {
      0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25,
      0.5,    1,      2.5,   5,     10,   60,   300};

  std::array<std::atomic<uint64_t>, kBounds.size() + 1> counts_{};
  std::atomic<int64_t> sum_nanoseconds_{0};
};

}  // namespace localstore::server
