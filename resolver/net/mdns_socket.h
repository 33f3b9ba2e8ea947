// The two sockets with which a bridge is asked, made as mDNS needs them.
#pragma once

#include <sys/socket.h>

#include <string>

#include "absl/status/statusor.h"
#include "resolver/net/ip_address.h"
#include "resolver/net/mdns_transport.h"
#include "resolver/net/unique_fd.h"

namespace localstore::resolver {

// Where a socket stands.
struct MdnsSocketPlace {
  std::string bridge;
  int bridge_index = 0;
  IpAddress source;  // this device's address on the bridge; gives the family

  IpFamily family() const { return source.family(); }
};

// A socket address of either family.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
};

// 224.0.0.251:5353, or [ff02::fb]:5353 on the place's bridge (RFC 6762 section
// 3).
SocketAddress MdnsGroup(const MdnsSocketPlace& place);

// A non-blocking socket bound to the bridge's device. kMulticast: bound to the
// group and port 5353, both shared with other programs, and joined to the group
// on that bridge; what it sends comes from the source address, except that the
// kernel chooses among the bridge's where that is IPv6. kUnicast: bound to the
// source address and an ephemeral port. Both send multicast to the bridge alone
// with a TTL of 255 (RFC 6762 section 11), looped to other programs of this
// device, and tell where a datagram arrived (IP_PKTINFO, IPV6_RECVPKTINFO).
//
// UNAVAILABLE, reason NO_BRIDGE, metadata "bridge", "step" and "errno": what
// was refused, and what to change.
absl::StatusOr<UniqueFd> OpenMdnsSocket(const MdnsSocketPlace& place,
                                        Channel channel);

}  // namespace localstore::resolver
