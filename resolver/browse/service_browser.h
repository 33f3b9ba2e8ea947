// One who browses: what it has been told, and what it is to be told next.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "resolver/browse/link_browse.h"
#include "resolver/browse/service_view.h"
#include "resolver/dns/name.h"
#include "resolver/host_resolver.h"
#include "resolver/link/bridge_link.h"

namespace localstore::resolver {

// Not thread-safe: used on the loop's own thread.
class ServiceBrowser {
 public:
  // `event` must not call back into the browser.
  ServiceBrowser(std::set<dns::Name> types, std::vector<std::string> bridges,
                 std::function<void(const BrowseEvent&)> event);

  const std::set<dns::Name>& types() const { return types_; }
  bool IsInScope(const BridgeLink& link) const;

  // Tells of all that differs from what was told before, in the order of types
  // and names. A service is there while its SRV record is: without, nobody
  // knows where.
  void Tell(const LinkBrowse& browse);
  // Tells that all services on `link` are lost.
  void TellLost(const BridgeLink& link);

 private:
  void TellDifference(const BridgeLink& link, SeenServices* told,
                      SeenServices seen);
  void Emit(BrowseEvent::Kind kind, const BridgeLink& link,
            const SeenService& seen);

  const std::set<dns::Name> types_;
  const std::vector<std::string> bridges_;
  const std::function<void(const BrowseEvent&)> event_;
  std::map<const BridgeLink*, std::map<dns::Name, SeenServices>> told_;
};

}  // namespace localstore::resolver
