// What there is of something at the moment, asked when somebody wants to know.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "prometheus/collectable.h"
#include "server/metrics/catalog.h"

namespace localstore::server {

struct ReadMetric {
  std::string name;  // of the catalog
  LabelValues labels;
  // nullopt: it cannot be told now, and the sample is left out.
  std::function<absl::optional<double>()> read;
};

// Thread-safe, where what reads the values is. Samples of one metric must
// follow each other.
class Gauges : public prometheus::Collectable {
 public:
  explicit Gauges(std::vector<ReadMetric> metrics)
      : metrics_(std::move(metrics)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::vector<ReadMetric> metrics_;
};

// Free and whole bytes of the file system that holds `directory`.
std::vector<ReadMetric> DiskMetrics(const std::string& directory);

// Events of the log.
std::vector<ReadMetric> LogMetrics();

}  // namespace localstore::server
