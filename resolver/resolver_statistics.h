// What the resolver has counted, to be watched from outside.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "resolver/rejection.h"

namespace localstore::resolver {

// Counters only grow, from 0 when the bridge appeared (a bridge that is
// renamed, or that comes back, appears anew). Gauges say how it is now.
struct BridgeStatistics {
  std::string bridge;
  int bridge_index = 0;

  // Counters. Datagrams, over IPv4 and IPv6, multicast and unicast together.
  int64_t packets_received = 0;  // all, queries of others and rejected included
  int64_t packets_sent = 0;
  // Queries: one may take several packets. Asked over IPv4 and over IPv6 it
  // counts once.
  int64_t queries_sent = 0;
  int64_t responses_accepted = 0;
  // By reason. A response counts once for what it was rejected as a whole for,
  // or once for each address in it that cannot be used.
  RejectionCounts rejected;

  // Gauges.
  int64_t cache_records = 0;
  int64_t cache_bytes = 0;  // an estimate of what they take in memory
  int64_t hosts_known = 0;  // with an address in the cache
};

struct ResolverStatistics {
  std::vector<BridgeStatistics> bridges;  // by name

  // Counters of calls of Resolve, by how they ended.
  int64_t answered_from_cache = 0;
  int64_t answered_by_network = 0;
  int64_t failed = 0;  // refused requests included, cancelled ones not
};

}  // namespace localstore::resolver
