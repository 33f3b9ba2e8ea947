// What the resolver says of its bridges, for callers who ask often.
#pragma once

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "localstore/v1/local_datastore.pb.h"
#include "resolver/host_resolver.h"
#include "server/timer/timer.h"

namespace localstore::server {

// Asking costs the resolver's thread a visit and a copy of all hosts: what it
// said is repeated for this long.
constexpr absl::Duration kRecent = absl::Milliseconds(50);

// Any thread.
class RecentBridges {
 public:
  // Both must outlive it.
  RecentBridges(resolver::HostResolver* resolver, const Timer* timer)
      : resolver_(resolver), timer_(timer) {}

  // No older than kRecent. May wait for the resolver's thread. Never null.
  std::shared_ptr<const std::vector<v1::BridgeStatus>> Get()
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  resolver::HostResolver* const resolver_;
  const Timer* const timer_;
  absl::Mutex mutex_;
  std::shared_ptr<const std::vector<v1::BridgeStatus>> bridges_
      ABSL_GUARDED_BY(mutex_);
  absl::Duration asked_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
