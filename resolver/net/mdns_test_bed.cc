#include "resolver/net/mdns_test_bed.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "resolver/net/test_namespace.h"

namespace localstore::resolver {
namespace {

constexpr uint16_t kPort = 5353;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address MakeAddress(int family, const std::string& text, uint16_t port,
                    int scope) {
  Address result;
  if (family == AF_INET) {
    auto* ipv4 = reinterpret_cast<sockaddr_in*>(&result.storage);
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(port);
    inet_pton(AF_INET, text.c_str(), &ipv4->sin_addr);
    result.size = sizeof *ipv4;
  } else {
    auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons(port);
    ipv6->sin6_scope_id = static_cast<uint32_t>(scope);
    inet_pton(AF_INET6, text.c_str(), &ipv6->sin6_addr);
    result.size = sizeof *ipv6;
  }
  return result;
}

std::string ErrorText() { return std::generic_category().message(errno); }

const char* Group(int family) {
  return family == AF_INET ? "224.0.0.251" : "ff02::fb";
}

void Set(const UniqueFd& fd, int level, int option, int value) {
  EXPECT_EQ(setsockopt(fd.get(), level, option, &value, sizeof value), 0)
      << level << " " << option << " " << ErrorText();
}

int IndexOf(const std::string& netns, const std::string& interface) {
  const std::string prefix = netns.empty() ? "" : " -n " + netns;
  const std::string line =
      OutputOf("ip" + prefix + " -o link show " + interface);
  int index = 0;
  EXPECT_TRUE(absl::SimpleAtoi(line.substr(0, line.find(':')), &index)) << line;
  return index;
}

void JoinGroup(const UniqueFd& fd, int family, int index) {
  if (family == AF_INET) {
    ip_mreqn group{};
    inet_pton(AF_INET, Group(family), &group.imr_multiaddr);
    group.imr_ifindex = index;
    EXPECT_EQ(setsockopt(fd.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &group,
                         sizeof group),
              0)
        << ErrorText();
    EXPECT_EQ(
        setsockopt(fd.get(), IPPROTO_IP, IP_MULTICAST_IF, &group, sizeof group),
        0);
    Set(fd, IPPROTO_IP, IP_RECVTTL, 1);
    return;
  }
  ipv6_mreq group{};
  inet_pton(AF_INET6, Group(family), &group.ipv6mr_multiaddr);
  group.ipv6mr_interface = index;
  EXPECT_EQ(
      setsockopt(fd.get(), IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group),
      0)
      << ErrorText();
  Set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, index);
  Set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
}

int TtlOf(msghdr& message) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    const bool ipv4 =
        header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_TTL;
    const bool ipv6 = header->cmsg_level == IPPROTO_IPV6 &&
                      header->cmsg_type == IPV6_HOPLIMIT;
    if (!ipv4 && !ipv6) continue;
    int ttl = 0;
    std::memcpy(&ttl, CMSG_DATA(header), sizeof ttl);
    return ttl;
  }
  return -1;
}

void ReadSource(const sockaddr_storage& storage, Heard& heard) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(&storage);
    heard.port = ntohs(ipv4->sin_port);
    inet_ntop(AF_INET, &ipv4->sin_addr, text.data(), text.size());
  } else {
    const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(&storage);
    heard.port = ntohs(ipv6->sin6_port);
    inet_ntop(AF_INET6, &ipv6->sin6_addr, text.data(), text.size());
  }
  heard.source = text.data();
}

}  // namespace

void MakeBridgeWithApp(int number) {
  // No duplicate address detection, no link-local addresses of the kernel's
  // choice, no delay before a port forwards.
  Shell(absl::Substitute(
      "set -e\n"
      "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad\n"
      "echo 1 > /proc/sys/net/ipv6/conf/default/addr_gen_mode\n"
      "ip netns add app$0\n"
      "ip link add bn$0 type bridge stp_state 0 forward_delay 0\n"
      "ip link add v$0 type veth peer name eth0 netns app$0\n"
      "ip link set v$0 master bn$0\n"
      "ip addr add 10.$0.0.1/24 dev bn$0\n"
      "ip addr add fd00:$0::1/64 dev bn$0 nodad\n"
      "ip addr add fe80::$0:1/64 dev bn$0 nodad\n"
      "ip link set v$0 up\n"
      "ip link set bn$0 up\n"
      "ip -n app$0 addr add 10.$0.0.5/24 dev eth0\n"
      "ip -n app$0 addr add fd00:$0::5/64 dev eth0 nodad\n"
      "ip -n app$0 addr add fe80::$0:5/64 dev eth0 nodad\n"
      "ip -n app$0 link set eth0 up",
      number));
  WaitUntilForwarding(number);
}

void WaitUntilForwarding(int number) {
  Shell(absl::Substitute(
      "for i in $$(seq 500); do\n"
      "  bridge link show dev v$0 | grep -q 'state forwarding' && exit 0\n"
      "  sleep 0.02\n"
      "done\n"
      "echo v$0 does not forward; exit 1",
      number));
}

void RemoveBridgeWithApp(int number) {
  OutputOf(absl::Substitute(
      "ip link del v$0; ip link del bn$0; ip netns del app$0", number));
}

Bridge DescribeBridge(const std::string& name,
                      const std::vector<std::string>& prefixes) {
  Bridge bridge;
  bridge.name = name;
  bridge.index = static_cast<int>(if_nametoindex(name.c_str()));
  bridge.up = true;
  for (const std::string& prefix : prefixes) {
    const size_t slash = prefix.find('/');
    bridge.addresses.push_back({*IpAddress::Parse(prefix.substr(0, slash)),
                                std::stoi(prefix.substr(slash + 1))});
  }
  return bridge;
}

Bridge BridgeWithApp(int number) {
  return DescribeBridge(absl::Substitute("bn$0", number),
                        {absl::Substitute("10.$0.0.1/24", number),
                         absl::Substitute("fd00:$0::1/64", number),
                         absl::Substitute("fe80::$0:1/64", number)});
}

Peer::Peer(const Options& options) : options_(options) {
  fd_ = UniqueFd(options.netns.empty()
                     ? socket(options.family, SOCK_DGRAM | SOCK_CLOEXEC, 0)
                     : OpenUdpSocketIn(options.netns, options.family));
  if (options.share_port) Set(fd_, SOL_SOCKET, SO_REUSEADDR, 1);
  if (options.family == AF_INET6) Set(fd_, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  const Address any = MakeAddress(
      options.family,
      options.family == AF_INET ? "0.0.0.0" : "::", options.port, 0);
  EXPECT_EQ(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&any.storage),
                 any.size),
            0)
      << ErrorText();
  if (options.interface.empty()) return;
  interface_index_ = IndexOf(options.netns, options.interface);
  JoinGroup(fd_, options.family, interface_index_);
  if (options.netns.empty()) return;
  // An App's socket need not hear itself; on the device others shall.
  if (options.family == AF_INET) {
    Set(fd_, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
  } else {
    Set(fd_, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
  }
}

void Peer::SendToGroup(const std::string& payload) {
  SendTo(payload, Group(options_.family), kPort);
}

void Peer::SendTo(const std::string& payload, const std::string& address,
                  uint16_t port) {
  const Address target =
      MakeAddress(options_.family, address, port, interface_index_);
  EXPECT_EQ(
      sendto(fd_.get(), payload.data(), payload.size(), 0,
             reinterpret_cast<const sockaddr*>(&target.storage), target.size),
      static_cast<ssize_t>(payload.size()))
      << ErrorText();
}

absl::optional<Heard> Peer::Receive(absl::Duration wait) {
  pollfd entry{fd_.get(), POLLIN, 0};
  if (poll(&entry, 1, static_cast<int>(absl::ToInt64Milliseconds(wait))) <= 0) {
    return absl::nullopt;
  }
  std::array<char, 65536> payload;
  alignas(cmsghdr) std::array<char, 256> control;
  sockaddr_storage source{};
  iovec part{payload.data(), payload.size()};
  msghdr message{};
  message.msg_name = &source;
  message.msg_namelen = sizeof source;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = recvmsg(fd_.get(), &message, 0);
  if (size < 0) return absl::nullopt;
  Heard heard;
  heard.payload.assign(payload.data(), static_cast<size_t>(size));
  heard.ttl = TtlOf(message);
  ReadSource(source, heard);
  return heard;
}

}  // namespace localstore::resolver
