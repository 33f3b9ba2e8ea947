#include "resolver/net/mdns_socket.h"

#include <arpa/inet.h>
#include <linux/in6.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"

namespace localstore::resolver {
namespace {

constexpr in_addr_t kGroupIpv4 = 0xe00000fb;  // 224.0.0.251
constexpr uint8_t kGroupIpv6[16] = {0xff, 2, 0, 0, 0, 0, 0, 0,
                                    0,    0, 0, 0, 0, 0, 0, 0xfb};
constexpr int kHopLimit = 255;
// Bounds what a flood may hold; some hundred answers fit.
constexpr int kReceiveBufferBytes = 256 * 1024;

std::string AdviceFor(absl::string_view step, int error_number) {
  switch (error_number) {
    case EPERM:
      return "; give the service the capability CAP_NET_RAW, or run it on "
             "Linux 5.7 or later, where this needs none";
    case EADDRINUSE:
      return "; another program has the port for itself (`ss -ulpn 'sport = "
             ":5353'` shows which): let it share it, with avahi-daemon by "
             "disallow-other-stacks=no";
    case ENODEV:
      return "; the bridge is gone";
    case EADDRNOTAVAIL:
      return absl::StrCat(
          "; the address is not on the bridge (any more)",
          step == "join the group" ? ", or multicast is off" : "");
    case EMFILE:
    case ENFILE:
      return "; raise the limit of open files (LimitNOFILE, ulimit -n)";
    default:
      return "";
  }
}

absl::Status StepError(const MdnsSocketPlace& place, absl::string_view step,
                       absl::string_view call) {
  const int error_number = errno;
  return MakeError(
      v1::ERROR_REASON_NO_BRIDGE,
      absl::StrCat("bridge ", place.bridge, ": cannot ", step,
                   " for mDNS over ",
                   place.family() == IpFamily::kIpv4 ? "IPv4" : "IPv6", " (",
                   call, "): ", std::generic_category().message(error_number),
                   AdviceFor(step, error_number)),
      {{"bridge", place.bridge},
       {"step", std::string(call)},
       {"errno", std::to_string(error_number)}});
}

// Makes one setting after the other until one is refused.
class Settings {
 public:
  Settings(const UniqueFd& fd, const MdnsSocketPlace& place)
      : fd_(fd.get()), place_(place) {}

  template <typename T>
  Settings& Set(int level, int option, const T& value, absl::string_view step,
                absl::string_view call) {
    return SetBytes(level, option, &value, sizeof value, step, call);
  }

  Settings& SetBytes(int level, int option, const void* value, size_t size,
                     absl::string_view step, absl::string_view call) {
    if (status_.ok() && setsockopt(fd_, level, option, value,
                                   static_cast<socklen_t>(size)) != 0) {
      status_ = StepError(place_, step, call);
    }
    return *this;
  }

  absl::Status status() const { return status_; }

 private:
  const int fd_;
  const MdnsSocketPlace& place_;
  absl::Status status_;
};

constexpr char kSend[] = "send multicast to this bridge alone";
constexpr char kShare[] = "share port 5353";
constexpr char kArrival[] = "learn where datagrams arrive";
constexpr char kJoin[] = "join the group";
constexpr char kOnlyOwn[] = "keep out other bridges' multicast";

absl::Status SetUpIpv4(const UniqueFd& fd, const MdnsSocketPlace& place) {
  ip_mreqn interface {};
  interface.imr_address = place.source.ToIn4();
  interface.imr_ifindex = place.bridge_index;
  return Settings(fd, place)
      .Set(IPPROTO_IP, IP_MULTICAST_IF, interface, kSend, "IP_MULTICAST_IF")
      .Set(IPPROTO_IP, IP_MULTICAST_TTL, kHopLimit, kSend, "IP_MULTICAST_TTL")
      .Set(IPPROTO_IP, IP_MULTICAST_LOOP, int{1}, kSend, "IP_MULTICAST_LOOP")
      .Set(IPPROTO_IP, IP_PKTINFO, int{1}, kArrival, "IP_PKTINFO")
      .status();
}

absl::Status SetUpIpv6(const UniqueFd& fd, const MdnsSocketPlace& place) {
  return Settings(fd, place)
      .Set(IPPROTO_IPV6, IPV6_V6ONLY, int{1}, "leave IPv4 alone", "IPV6_V6ONLY")
      .Set(IPPROTO_IPV6, IPV6_MULTICAST_IF, place.bridge_index, kSend,
           "IPV6_MULTICAST_IF")
      .Set(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, kHopLimit, kSend,
           "IPV6_MULTICAST_HOPS")
      .Set(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, int{1}, kSend,
           "IPV6_MULTICAST_LOOP")
      .Set(IPPROTO_IPV6, IPV6_RECVPKTINFO, int{1}, kArrival, "IPV6_RECVPKTINFO")
      .status();
}

absl::Status JoinIpv4(const UniqueFd& fd, const MdnsSocketPlace& place) {
  ip_mreqn group{};
  group.imr_multiaddr.s_addr = htonl(kGroupIpv4);
  group.imr_ifindex = place.bridge_index;
  return Settings(fd, place)
      .Set(IPPROTO_IP, IP_MULTICAST_ALL, int{0}, kOnlyOwn, "IP_MULTICAST_ALL")
      .Set(IPPROTO_IP, IP_ADD_MEMBERSHIP, group, kJoin, "IP_ADD_MEMBERSHIP")
      .status();
}

absl::Status JoinIpv6(const UniqueFd& fd, const MdnsSocketPlace& place) {
  ipv6_mreq group{};
  std::memcpy(&group.ipv6mr_multiaddr, kGroupIpv6, sizeof kGroupIpv6);
  group.ipv6mr_interface = place.bridge_index;
  return Settings(fd, place)
      .Set(IPPROTO_IPV6, IPV6_MULTICAST_ALL, int{0}, kOnlyOwn,
           "IPV6_MULTICAST_ALL")
      .Set(IPPROTO_IPV6, IPV6_JOIN_GROUP, group, kJoin, "IPV6_JOIN_GROUP")
      .status();
}

SocketAddress ToSocketAddress(const in_addr& address, uint16_t port) {
  SocketAddress result;
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ipv4.sin_addr = address;
  ipv4.sin_port = htons(port);
  std::memcpy(&result.storage, &ipv4, sizeof ipv4);
  result.size = sizeof ipv4;
  return result;
}

SocketAddress ToSocketAddress(const in6_addr& address, uint16_t port,
                              int scope) {
  SocketAddress result;
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_addr = address;
  ipv6.sin6_port = htons(port);
  ipv6.sin6_scope_id = static_cast<uint32_t>(scope);
  std::memcpy(&result.storage, &ipv6, sizeof ipv6);
  result.size = sizeof ipv6;
  return result;
}

SocketAddress EphemeralPort(const MdnsSocketPlace& place) {
  return place.family() == IpFamily::kIpv4
             ? ToSocketAddress(place.source.ToIn4(), 0)
             : ToSocketAddress(place.source.ToIn6(), 0, place.bridge_index);
}

absl::Status Bind(const UniqueFd& fd, const MdnsSocketPlace& place,
                  const SocketAddress& address, absl::string_view step) {
  if (bind(fd.get(), address.get(), address.size) != 0) {
    return StepError(place, step, "bind");
  }
  return absl::OkStatus();
}

absl::Status BindToGroup(const UniqueFd& fd, const MdnsSocketPlace& place) {
  absl::Status status =
      Settings(fd, place)
          .Set(SOL_SOCKET, SO_REUSEADDR, int{1}, kShare, "SO_REUSEADDR")
          .Set(SOL_SOCKET, SO_REUSEPORT, int{1}, kShare, "SO_REUSEPORT")
          .status();
  if (!status.ok()) return status;
  status = Bind(fd, place, MdnsGroup(place), "listen on port 5353");
  if (!status.ok()) return status;
  return place.family() == IpFamily::kIpv4 ? JoinIpv4(fd, place)
                                           : JoinIpv6(fd, place);
}

}  // namespace

SocketAddress MdnsGroup(const MdnsSocketPlace& place) {
  if (place.family() == IpFamily::kIpv4) {
    return ToSocketAddress(in_addr{htonl(kGroupIpv4)}, kMdnsPort);
  }
  in6_addr group{};
  std::memcpy(&group, kGroupIpv6, sizeof kGroupIpv6);
  return ToSocketAddress(group, kMdnsPort, place.bridge_index);
}

absl::StatusOr<UniqueFd> OpenMdnsSocket(const MdnsSocketPlace& place,
                                        Channel channel) {
  const bool ipv4 = place.family() == IpFamily::kIpv4;
  UniqueFd fd(socket(ipv4 ? AF_INET : AF_INET6,
                     SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return StepError(place, "open a socket", "socket");
  absl::Status status = Settings(fd, place)
                            .SetBytes(SOL_SOCKET, SO_BINDTODEVICE,
                                      place.bridge.data(), place.bridge.size(),
                                      "keep to the bridge", "SO_BINDTODEVICE")
                            .Set(SOL_SOCKET, SO_RCVBUF, kReceiveBufferBytes,
                                 "bound the queue", "SO_RCVBUF")
                            .status();
  if (status.ok()) status = ipv4 ? SetUpIpv4(fd, place) : SetUpIpv6(fd, place);
  if (!status.ok()) return status;
  status = channel == Channel::kMulticast
               ? BindToGroup(fd, place)
               : Bind(fd, place, EphemeralPort(place),
                      "take a port of the source address");
  if (!status.ok()) return status;
  return fd;
}

}  // namespace localstore::resolver
