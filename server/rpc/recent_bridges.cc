#include "server/rpc/recent_bridges.h"

#include "server/convert/resolution.h"

namespace localstore::server {

std::shared_ptr<const std::vector<v1::BridgeStatus>> RecentBridges::Get() {
  const absl::MutexLock lock(&mutex_);
  const absl::Duration now = timer_->Elapsed();
  if (bridges_ != nullptr && now - asked_ < kRecent) return bridges_;
  auto bridges = std::make_shared<std::vector<v1::BridgeStatus>>();
  for (const resolver::BridgeState& state : resolver_->Bridges()) {
    bridges->push_back(ToProto(state));
  }
  bridges_ = bridges;
  asked_ = now;
  return bridges_;
}

}  // namespace localstore::server
