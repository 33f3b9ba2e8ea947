#include "server/metrics/latency_histogram.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace localstore::server {

void LatencyHistogram::Observe(absl::Duration duration) {
  const double seconds = absl::ToDoubleSeconds(duration);
  const auto* const bound =
      std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  counts_[static_cast<size_t>(bound - kBounds.begin())].fetch_add(
      1, std::memory_order_relaxed);
  sum_nanoseconds_.fetch_add(absl::ToInt64Nanoseconds(duration),
                             std::memory_order_relaxed);
}

void LatencyHistogram::AddTo(const LabelValues& labels,
                             prometheus::MetricFamily& family) const {
  prometheus::ClientMetric sample;
  sample.label = MakeLabels(family.name, labels);
  auto& histogram = sample.histogram;
  for (size_t i = 0; i < counts_.size(); ++i) {
    histogram.sample_count += counts_[i].load(std::memory_order_relaxed);
    prometheus::ClientMetric::Bucket bucket;
    bucket.cumulative_count = histogram.sample_count;
    bucket.upper_bound = i < kBounds.size()
                             ? kBounds[i]
                             : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back(bucket);
  }
  histogram.sample_sum =
      static_cast<double>(sum_nanoseconds_.load(std::memory_order_relaxed)) /
      1e9;
  family.metric.push_back(std::move(sample));
}

}  // namespace localstore::server
