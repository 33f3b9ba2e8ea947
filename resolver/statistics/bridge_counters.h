// What is counted on one bridge: written by the loop, read by any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "resolver/rejection.h"
#include "resolver/resolver_statistics.h"

namespace localstore::resolver {

// One thread at a time writes; Read may be called from any.
class BridgeCounters {
 public:
  BridgeCounters(std::string bridge, int bridge_index)
      : bridge_(std::move(bridge)), bridge_index_(bridge_index) {}

  void CountReceived() { Add(&packets_received_, 1); }
  void CountAccepted() { Add(&responses_accepted_, 1); }
  void CountRejected(Rejection rejection) {
    Add(&rejected_[static_cast<size_t>(rejection)], 1);
  }
  void CountSent(int packets) {
    Add(&packets_sent_, packets);
    Add(&queries_sent_, 1);
  }
  void SetCache(int64_t records, int64_t bytes, int64_t hosts) {
    cache_records_.store(records, std::memory_order_relaxed);
    cache_bytes_.store(bytes, std::memory_order_relaxed);
    hosts_known_.store(hosts, std::memory_order_relaxed);
  }

  int64_t packets_received() const { return Get(packets_received_); }
  int64_t packets_sent() const { return Get(packets_sent_); }
  RejectionCounts rejected() const {
    RejectionCounts counts;
    for (const Rejection rejection : AllRejections()) {
      counts[rejection] = Get(rejected_[static_cast<size_t>(rejection)]);
    }
    return counts;
  }

  BridgeStatistics Read() const {
    BridgeStatistics statistics;
    statistics.bridge = bridge_;
    statistics.bridge_index = bridge_index_;
    statistics.packets_received = Get(packets_received_);
    statistics.packets_sent = Get(packets_sent_);
    statistics.queries_sent = Get(queries_sent_);
    statistics.responses_accepted = Get(responses_accepted_);
    statistics.rejected = rejected();
    statistics.cache_records = Get(cache_records_);
    statistics.cache_bytes = Get(cache_bytes_);
    statistics.hosts_known = Get(hosts_known_);
    return statistics;
  }

 private:
  using Counter = std::atomic<int64_t>;

  static int64_t Get(const Counter& counter) {
    return counter.load(std::memory_order_relaxed);
  }
  // With one writer, this is enough.
  static void Add(Counter* counter, int64_t more) {
    counter->store(Get(*counter) + more, std::memory_order_relaxed);
  }

  const std::string bridge_;
  const int bridge_index_;
  Counter packets_received_{0};
  Counter packets_sent_{0};
  Counter queries_sent_{0};
  Counter responses_accepted_{0};
  std::array<Counter, kRejectionCount> rejected_{};
  Counter cache_records_{0};
  Counter cache_bytes_{0};
  Counter hosts_known_{0};
};

}  // namespace localstore::resolver
