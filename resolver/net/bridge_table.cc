#include "resolver/net/bridge_table.h"

#include <fnmatch.h>
#include <linux/if_addr.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <variant>

namespace localstore::resolver {
namespace {

bool IsSecondary(const AddressChange& address) {
  return (address.flags & IFA_F_SECONDARY) != 0;
}

bool IsSame(const AddressChange& a, const AddressChange& b) {
  return a.prefix == b.prefix && a.peer == b.peer;
}

// Where the kernel puts a new IPv4 address: a secondary one last, a primary one
// behind the last primary one whose scope is no wider.
std::vector<AddressChange>::iterator PlaceOf(const AddressChange& address,
                                             std::vector<AddressChange>& list) {
  if (IsSecondary(address)) return list.end();
  auto place = list.begin();
  for (auto it = list.begin(); it != list.end(); ++it) {
    if (!IsSecondary(*it) && address.scope <= it->scope) place = it + 1;
  }
  return place;
}

bool IsUsable(const AddressChange& address) {
  constexpr uint32_t kUnusable =
      IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED;
  return address.prefix.address.family() == IpFamily::kIpv4 ||
         (address.flags & kUnusable) == 0;
}

std::vector<IpPrefix> GlobalFirst(std::vector<IpPrefix> ipv6) {
  std::sort(ipv6.begin(), ipv6.end(), [](const IpPrefix& a, const IpPrefix& b) {
    return std::make_tuple(a.address.IsLinkLocal(), a.address) <
           std::make_tuple(b.address.IsLinkLocal(), b.address);
  });
  return ipv6;
}

}  // namespace

void BridgeTable::Apply(const RtnetlinkChange& change) {
  if (const auto* link = std::get_if<LinkChange>(&change)) ApplyLink(*link);
  if (const auto* address = std::get_if<AddressChange>(&change)) {
    ApplyAddress(*address);
  }
}

std::vector<Bridge> BridgeTable::Bridges(
    const std::vector<std::string>& patterns) const {
  std::vector<Bridge> bridges;
  for (const auto& [index, link] : links_) {
    if (!IsUsed(link, patterns)) continue;
    std::vector<IpPrefix> addresses = UsableAddresses(index, IpFamily::kIpv4);
    for (const IpPrefix& ipv6 :
         GlobalFirst(UsableAddresses(index, IpFamily::kIpv6))) {
      addresses.push_back(ipv6);
    }
    bridges.push_back({index, link.name, link.up, std::move(addresses)});
  }
  std::sort(bridges.begin(), bridges.end(),
            [](const Bridge& a, const Bridge& b) {
              return std::tie(a.name, a.index) < std::tie(b.name, b.index);
            });
  return bridges;
}

void BridgeTable::ApplyLink(const LinkChange& change) {
  if (change.removed) {
    links_.erase(change.index);
    addresses_.erase({change.index, IpFamily::kIpv4});
    addresses_.erase({change.index, IpFamily::kIpv6});
    return;
  }
  Link& link = links_[change.index];
  link.up = change.up;
  link.loopback = change.loopback;
  if (change.name) link.name = *change.name;
  if (change.kind) link.kind = *change.kind;
}

void BridgeTable::ApplyAddress(const AddressChange& change) {
  const std::pair key(change.index, change.prefix.address.family());
  std::vector<AddressChange>& list = addresses_[key];
  const auto known = std::find_if(
      list.begin(), list.end(),
      [&](const AddressChange& entry) { return IsSame(entry, change); });
  if (known != list.end() && !change.removed &&
      IsSecondary(*known) == IsSecondary(change)) {
    *known = change;
    return;
  }
  if (known != list.end()) list.erase(known);
  if (!change.removed) list.insert(PlaceOf(change, list), change);
  if (list.empty()) addresses_.erase(key);
}

bool BridgeTable::IsUsed(const Link& link,
                         const std::vector<std::string>& patterns) {
  if (link.loopback || link.name.empty()) return false;
  if (patterns.empty()) return link.kind == "bridge";
  return std::any_of(
      patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return fnmatch(pattern.c_str(), link.name.c_str(), 0) == 0;
      });
}

std::vector<IpPrefix> BridgeTable::UsableAddresses(int index,
                                                   IpFamily family) const {
  std::vector<IpPrefix> usable;
  const auto found = addresses_.find({index, family});
  if (found == addresses_.end()) return usable;
  for (const AddressChange& entry : found->second) {
    if (IsUsable(entry)) usable.push_back(entry.prefix);
  }
  return usable;
}

}  // namespace localstore::resolver
