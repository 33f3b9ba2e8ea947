// All who browse, and the bridges they browse on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"
#include "resolver/browse/link_browse.h"
#include "resolver/browse/service_browser.h"
#include "resolver/browse/wanted_names.h"
#include "resolver/dns/name.h"
#include "resolver/host_resolver.h"
#include "resolver/link/bridge_link.h"
#include "resolver/link/bridge_links.h"
#include "resolver/net/scheduler.h"

namespace localstore::resolver {

struct BrowseRequest {
  uint64_t id = 0;
  std::set<dns::Name> types;
  std::vector<std::string> bridges;  // each exists
  std::function<void(const BrowseEvent&)> event;
};

// Not thread-safe: used on the loop's own thread.
class ServiceBrowsers {
 public:
  // All must outlive it.
  ServiceBrowsers(BridgeLinks* links, Scheduler* scheduler,
                  absl::BitGenRef random);

  void Browse(BrowseRequest request);
  void Cancel(uint64_t id);

  size_t size() const { return browsers_.size(); }
  bool Wants(const dns::Name& name) const { return wanted_.Contains(name); }
  void OnRecords(BridgeLink& link, const absl::flat_hash_set<dns::Name>& names);
  void OnLinkChanged(BridgeLink& link);
  void OnLinkLost(const BridgeLink& link);

 private:
  LinkBrowse& BrowseOn(BridgeLink& link);
  void SetTypes(BridgeLink& link, absl::Duration delay);
  void Tell(const BridgeLink& link);

  BridgeLinks* const links_;
  Scheduler* const scheduler_;
  absl::BitGenRef random_;
  WantedNames wanted_;
  std::map<uint64_t, std::unique_ptr<ServiceBrowser>> browsers_;
  std::map<const BridgeLink*, std::unique_ptr<LinkBrowse>> browses_;
};

}  // namespace localstore::resolver
