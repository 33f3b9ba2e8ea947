// Every metric that the server has.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "prometheus/metric_family.h"
#include "prometheus/metric_type.h"

namespace localstore::server {

struct MetricInfo {
  const char* name;
  prometheus::MetricType type;
  const char* labels;  // "method, code"; "" for none
  const char* meaning;
};

// By name. Each is in README.md, which a test compares with what
// FormatMetricTable makes of this.
const std::vector<MetricInfo>& MetricCatalog();

// Of the catalog; ends the process for a name that it does not have.
const MetricInfo& FindMetric(absl::string_view name);

// An empty family of that name.
prometheus::MetricFamily MakeFamily(absl::string_view name);

// Labels in the order of the catalog's.
using LabelValues = std::vector<std::string>;

std::vector<prometheus::ClientMetric::Label> MakeLabels(
    absl::string_view name, const LabelValues& values);

// A sample of a counter or a gauge.
void AddSample(double value, const LabelValues& labels,
               prometheus::MetricFamily& family);

// The table in Markdown.
std::string FormatMetricTable();

}  // namespace localstore::server
