// What the resolver counts by itself, read when somebody asks.
#pragma once

#include <vector>

#include "prometheus/collectable.h"
#include "resolver/host_resolver.h"

namespace localstore::server {

// A bridge that is gone has no samples any more. Thread-safe.
class ResolverCollector : public prometheus::Collectable {
 public:
  // `resolver` must outlive it.
  explicit ResolverCollector(const resolver::HostResolver* resolver)
      : resolver_(resolver) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const resolver::HostResolver* const resolver_;
};

}  // namespace localstore::server
