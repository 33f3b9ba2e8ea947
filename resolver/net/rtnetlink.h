// What the kernel says of links and addresses (rtnetlink(7)), as values.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "resolver/net/ip_address.h"

namespace localstore::resolver {

// RTM_NEWLINK and RTM_DELLINK. The kernel does not repeat everything in each.
struct LinkChange {
  bool removed = false;
  int index = 0;
  bool up = false;        // IFF_UP
  bool loopback = false;  // IFF_LOOPBACK
  absl::optional<std::string> name;
  absl::optional<std::string> kind;  // "bridge", "veth", ...
};

// RTM_NEWADDR and RTM_DELADDR.
struct AddressChange {
  bool removed = false;
  int index = 0;       // of the link
  IpPrefix prefix;     // this device's own address
  IpAddress peer;      // equals the address unless point-to-point
  uint8_t scope = 0;   // RT_SCOPE_UNIVERSE, RT_SCOPE_LINK, ...
  uint32_t flags = 0;  // IFA_F_...
};

using RtnetlinkChange = std::variant<LinkChange, AddressChange>;

struct RtnetlinkBatch {
  std::vector<RtnetlinkChange> changes;
  bool done = false;         // the dump is complete, or has failed
  bool interrupted = false;  // changed while it was dumped: dump again
  int error = 0;             // errno with which the request failed
};

// Reads one datagram. With `sequence`, only messages that answer the request of
// that number. Messages of other kinds are left out, and so are malformed ones;
// reading stops at one whose length is wrong. Trusts no byte.
RtnetlinkBatch ReadRtnetlink(absl::Span<const uint8_t> datagram,
                             absl::optional<uint32_t> sequence);

// Requests for all links and for all addresses.
std::vector<uint8_t> DumpLinksRequest(uint32_t sequence);
std::vector<uint8_t> DumpAddressesRequest(uint32_t sequence);

}  // namespace localstore::resolver
