#include "resolver/statistics/counters.h"

#include <algorithm>
#include <vector>

namespace localstore::resolver {

std::shared_ptr<BridgeCounters> Counters::AddBridge(const std::string& bridge,
                                                    int bridge_index) {
  auto counters = std::make_shared<BridgeCounters>(bridge, bridge_index);
  absl::MutexLock lock(&mutex_);
  bridges_[bridge_index] = counters;
  return counters;
}

void Counters::RemoveBridge(int bridge_index) {
  absl::MutexLock lock(&mutex_);
  bridges_.erase(bridge_index);
}

ResolverStatistics Counters::Read() const {
  std::vector<std::shared_ptr<const BridgeCounters>> bridges;
  {
    absl::MutexLock lock(&mutex_);
    bridges.reserve(bridges_.size());
    for (const auto& entry : bridges_) bridges.push_back(entry.second);
  }
  ResolverStatistics statistics;
  statistics.bridges.reserve(bridges.size());
  for (const auto& bridge : bridges) {
    statistics.bridges.push_back(bridge->Read());
  }
  std::sort(statistics.bridges.begin(), statistics.bridges.end(),
            [](const BridgeStatistics& a, const BridgeStatistics& b) {
              return a.bridge < b.bridge;
            });
  statistics.answered_from_cache =
      answered_from_cache_.load(std::memory_order_relaxed);
  statistics.answered_by_network =
      answered_by_network_.load(std::memory_order_relaxed);
  statistics.failed = failed_.load(std::memory_order_relaxed);
  return statistics;
}

}  // namespace localstore::resolver
