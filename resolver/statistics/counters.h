// All that the resolver counts.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "resolver/resolver_statistics.h"
#include "resolver/statistics/bridge_counters.h"

namespace localstore::resolver {

// Thread-safe. Nobody waits for the loop to read it: the lock is held for
// as long as it takes to copy some pointers.
class Counters {
 public:
  // In the place of what was counted on a bridge of that index before.
  std::shared_ptr<BridgeCounters> AddBridge(const std::string& bridge,
                                            int bridge_index)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void RemoveBridge(int bridge_index) ABSL_LOCKS_EXCLUDED(mutex_);

  void CountAnswer(bool from_cache) {
    (from_cache ? answered_from_cache_ : answered_by_network_)
        .fetch_add(1, std::memory_order_relaxed);
  }
  void CountFailure() { failed_.fetch_add(1, std::memory_order_relaxed); }

  ResolverStatistics Read() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  std::atomic<int64_t> answered_from_cache_{0};
  std::atomic<int64_t> answered_by_network_{0};
  std::atomic<int64_t> failed_{0};
  mutable absl::Mutex mutex_;
  std::map<int, std::shared_ptr<BridgeCounters>> bridges_
      ABSL_GUARDED_BY(mutex_);  // by index
};

}  // namespace localstore::resolver
