// mDNS datagrams to and from the bridges. Knows sockets, not DNS.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "resolver/net/bridge_monitor.h"
#include "resolver/net/ip_address.h"

namespace localstore::resolver {

constexpr uint16_t kMdnsPort = 5353;  // RFC 6762 section 3

// Which of a bridge's sockets, per family.
enum class Channel {
  // Bound to the group's address and port 5353 on the bridge: sends from 5353,
  // hears what is multicast, takes no unicast from anybody (RFC 6762 5.2).
  kMulticast,
  // Bound to an ephemeral port on the bridge: sends a one-shot query, hears the
  // unicast answers to it alone (RFC 6762 5.1, 6.7).
  kUnicast,
};

// Valid during the call that delivers it only.
struct Datagram {
  int bridge_index = 0;   // of the socket; equals arrival_index unless spoofed
  int arrival_index = 0;  // interface that it arrived on (IP_PKTINFO)
  Channel channel = Channel::kMulticast;
  IpFamily family = IpFamily::kIpv4;
  IpAddress source;
  uint16_t source_port = 0;
  IpAddress destination;
  bool truncated = false;  // longer than the receive buffer (MSG_TRUNC)
  absl::Span<const uint8_t> payload;
};

// Not thread-safe: used on the loop's own thread.
class MdnsTransport {
 public:
  virtual ~MdnsTransport() = default;

  // Opens the sockets for each family that the bridge has an address of, and
  // closes those for which it no longer has one. May be called again after a
  // change. On error, what could be opened stays open; the message names the
  // bridge, the step and what to change (a missing capability, say).
  virtual absl::Status Open(const Bridge& bridge) = 0;
  virtual void Close(int bridge_index) = 0;

  // UNAVAILABLE when it cannot be sent now (no buffer, network down, firewall),
  // FAILED_PRECONDITION when the channel is not open for the family.
  virtual absl::Status Send(int bridge_index, IpFamily family, Channel channel,
                            absl::Span<const uint8_t> payload) = 0;

  virtual bool IsOpen(int bridge_index, IpFamily family) const = 0;

  // Where received datagrams go. One receiver; must be set before Open.
  virtual void SetReceiver(std::function<void(const Datagram&)> receiver) = 0;
};

}  // namespace localstore::resolver
