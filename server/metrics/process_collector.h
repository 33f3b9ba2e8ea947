// The process and the program, under the names that every exporter uses.
#pragma once

#include <string>
#include <vector>

#include "prometheus/collectable.h"

namespace localstore::server {

// Reads /proc/self. Thread-safe.
class ProcessCollector : public prometheus::Collectable {
 public:
  explicit ProcessCollector(std::string version);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::string version_;
  const double start_time_;
};

}  // namespace localstore::server
