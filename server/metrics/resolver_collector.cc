#include "server/metrics/resolver_collector.h"

#include <cstdint>
#include <string>

#include "server/metrics/catalog.h"

namespace localstore::server {
namespace {

using resolver::BridgeStatistics;

struct BridgeMetric {
  const char* name;
  int64_t BridgeStatistics::*value;
};

constexpr BridgeMetric kBridgeMetrics[] = {
    {"localstore_mdns_packets_received_total",
     &BridgeStatistics::packets_received},
    {"localstore_mdns_packets_sent_total", &BridgeStatistics::packets_sent},
    {"localstore_mdns_queries_sent_total", &BridgeStatistics::queries_sent},
    {"localstore_mdns_responses_accepted_total",
     &BridgeStatistics::responses_accepted},
    {"localstore_cache_records", &BridgeStatistics::cache_records},
    {"localstore_cache_bytes", &BridgeStatistics::cache_bytes},
    {"localstore_hosts_known", &BridgeStatistics::hosts_known},
};

prometheus::MetricFamily Rejections(
    const std::vector<BridgeStatistics>& bridges) {
  auto family = MakeFamily("localstore_mdns_responses_rejected_total");
  for (const BridgeStatistics& bridge : bridges) {
    for (const resolver::Rejection rejection : resolver::AllRejections()) {
      AddSample(static_cast<double>(bridge.rejected[rejection]),
                {bridge.bridge, std::string(RejectionName(rejection))}, family);
    }
  }
  return family;
}

}  // namespace

std::vector<prometheus::MetricFamily> ResolverCollector::Collect() const {
  const resolver::ResolverStatistics statistics = resolver_->Statistics();
  std::vector<prometheus::MetricFamily> families;
  if (statistics.bridges.empty()) return families;
  for (const BridgeMetric& metric : kBridgeMetrics) {
    auto family = MakeFamily(metric.name);
    for (const BridgeStatistics& bridge : statistics.bridges) {
      AddSample(static_cast<double>(bridge.*metric.value), {bridge.bridge},
                family);
    }
    families.push_back(std::move(family));
  }
  families.push_back(Rejections(statistics.bridges));
  return families;
}

}  // namespace localstore::server
