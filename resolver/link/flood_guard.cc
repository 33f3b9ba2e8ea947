#include "resolver/link/flood_guard.h"

#include <algorithm>

namespace localstore::resolver {
namespace {

// What a datagram costs before its first byte is looked at, in bytes.
constexpr double kDatagramBytes = 100;
constexpr absl::Duration kForgetInterval = absl::Seconds(1);

}  // namespace

FloodGuard::FloodGuard(const FloodLimits& limits) : limits_(limits) {
  bridge_ = {limits_.bridge_burst, absl::InfinitePast()};
  others_ = {limits_.source_burst, absl::InfinitePast()};
}

void FloodGuard::Fill(Bucket* bucket, double rate, double burst,
                      absl::Time now) {
  const double seconds = absl::ToDoubleSeconds(now - bucket->filled);
  bucket->tokens = std::min(burst, bucket->tokens + seconds * rate);
  bucket->filled = now;
}

bool FloodGuard::Admit(const IpAddress& source, size_t bytes, absl::Time now) {
  const double cost = static_cast<double>(bytes) + kDatagramBytes;
  Bucket* bucket = BucketOf(source, now);
  Fill(bucket, limits_.source_rate, limits_.source_burst, now);
  if (bucket->tokens < cost) return false;
  Fill(&bridge_, limits_.bridge_rate, limits_.bridge_burst, now);
  if (bridge_.tokens < cost) return false;
  bucket->tokens -= cost;
  bridge_.tokens -= cost;
  return true;
}

FloodGuard::Bucket* FloodGuard::BucketOf(const IpAddress& source,
                                         absl::Time now) {
  const auto found = sources_.find(source);
  if (found != sources_.end()) return &found->second;
  if (sources_.size() >= limits_.max_sources) ForgetIdle(now);
  if (sources_.size() >= limits_.max_sources) return &others_;
  return &sources_.emplace(source, Bucket{limits_.source_burst, now})
              .first->second;
}

void FloodGuard::ForgetIdle(absl::Time now) {
  if (now - forgot_ < kForgetInterval) return;
  forgot_ = now;
  const double seconds = limits_.source_burst / limits_.source_rate;
  for (auto entry = sources_.begin(); entry != sources_.end();) {
    if (now - entry->second.filled >= absl::Seconds(seconds)) {
      sources_.erase(entry++);
    } else {
      ++entry;
    }
  }
}

}  // namespace localstore::resolver
