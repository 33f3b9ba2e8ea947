// All bridges, as the monitor has them: links come and go with them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "resolver/host_resolver.h"
#include "resolver/link/bridge_link.h"
#include "resolver/net/bridge_monitor.h"
#include "resolver/net/mdns_transport.h"
#include "resolver/net/scheduler.h"
#include "resolver/statistics/counters.h"

namespace localstore::resolver {

class LinkListener {
 public:
  virtual ~LinkListener() = default;
  // It appeared, can be asked now, or has other addresses than before.
  virtual void OnLinkChanged(BridgeLink& link) = 0;
  // It is about to go, or cannot be asked any more.
  virtual void OnLinkLost(BridgeLink& link) = 0;
  // After all of a change has been told.
  virtual void OnBridgesChanged() = 0;
};

// Not thread-safe: used on the loop's own thread. All pointers must outlive it.
class BridgeLinks {
 public:
  BridgeLinks(Scheduler* scheduler, BridgeMonitor* monitor,
              MdnsTransport* transport, absl::BitGenRef random,
              Counters* counters, RecordListener* records,
              LinkListener* listener);
  ~BridgeLinks();

  BridgeLinks(const BridgeLinks&) = delete;
  BridgeLinks& operator=(const BridgeLinks&) = delete;

  // Follows the monitor from now on, and opens what is there.
  void Start();

  // By name. Empty `names`: all.
  std::vector<BridgeLink*> Select(const std::vector<std::string>& names) const;
  BridgeLink* Find(absl::string_view name) const;
  // INVALID_REQUEST with the field path `bridges[i]` of each name that is not
  // there; OK as long as there is no bridge at all.
  absl::Status CheckNames(const std::vector<std::string>& names) const;
  const std::vector<BridgeLink*>& all() const { return by_name_; }

  std::vector<BridgeState> States(absl::Time now) const;

 private:
  void Follow();
  // A socket that could not be opened may be had later.
  void ArmRetry();
  void Retry();
  void DropGone();
  void Apply(const Bridge& bridge);
  void Index();

  const BridgeLink::Environment environment_;
  BridgeMonitor* const monitor_;
  LinkListener* const listener_;
  OwnAddresses own_;
  std::map<int, std::unique_ptr<BridgeLink>> links_;
  std::vector<BridgeLink*> by_name_;
  Scheduler::TimerId retry_timer_ = 0;
  absl::Duration retry_delay_;
};

}  // namespace localstore::resolver
