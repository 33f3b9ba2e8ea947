// How much of the loop's time one bridge, and one sender on it, may take.
#pragma once

#include <cstddef>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "resolver/net/ip_address.h"

namespace localstore::resolver {

// Bytes a second, after a burst. Reading costs about 50 ns a byte, and keeping
// a record some microseconds at worst, so that a bridge takes less than half of
// the loop's time, whatever is sent on it. A responder that announces a hundred
// services sends some 20 kB.
struct FloodLimits {
  double source_rate = 1e6;
  double source_burst = 1e6;
  double bridge_rate = 4e6;
  double bridge_burst = 4e6;
  size_t max_sources = 1024;  // beyond that, the others share one allowance
};

// Token buckets. Not thread-safe.
class FloodGuard {
 public:
  explicit FloodGuard(const FloodLimits& limits = FloodLimits());

  // Whether a datagram from `source` that costs as much as `bytes` is to be
  // read at all.
  bool Admit(const IpAddress& source, size_t bytes, absl::Time now);

 private:
  struct Bucket {
    double tokens = 0;
    absl::Time filled;
  };

  static void Fill(Bucket* bucket, double rate, double burst, absl::Time now);
  Bucket* BucketOf(const IpAddress& source, absl::Time now);
  void ForgetIdle(absl::Time now);

  const FloodLimits limits_;
  Bucket bridge_;
  Bucket others_;
  absl::flat_hash_map<IpAddress, Bucket> sources_;
  absl::Time forgot_ = absl::InfinitePast();
};

}  // namespace localstore::resolver
