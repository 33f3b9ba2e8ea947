// The links and addresses that the kernel has told of, and which of them are
// bridges that are used.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "resolver/net/bridge_monitor.h"
#include "resolver/net/rtnetlink.h"

namespace localstore::resolver {

// Not thread-safe.
class BridgeTable {
 public:
  // Applying a change again, or one that is older than what a dump has shown,
  // does no harm as long as those after it follow.
  void Apply(const RtnetlinkChange& change);

  // By name: the links whose name matches one of the fnmatch(3) patterns, or,
  // without any, those of the kind "bridge"; never a loopback device. Of each
  // the addresses that can be used: IPv4 in the kernel's order (primary ones
  // first), then IPv6, link-local ones last, each by value. Left out are IPv6
  // addresses that are tentative, duplicates or deprecated (RFC 4862 section
  // 5.4, 5.5.4).
  std::vector<Bridge> Bridges(const std::vector<std::string>& patterns) const;

 private:
  struct Link {
    std::string name;
    std::string kind;
    bool up = false;
    bool loopback = false;
  };

  void ApplyLink(const LinkChange& change);
  void ApplyAddress(const AddressChange& change);
  static bool IsUsed(const Link& link,
                     const std::vector<std::string>& patterns);
  std::vector<IpPrefix> UsableAddresses(int index, IpFamily family) const;

  absl::flat_hash_map<int, Link> links_;  // by index
  // In the kernel's order where that is IPv4.
  absl::flat_hash_map<std::pair<int, IpFamily>, std::vector<AddressChange>>
      addresses_;
};

}  // namespace localstore::resolver
