// Many Apps in one process: on each interface it answers for HOSTS names.
//
//   mdns_farm HOSTS INTERFACE:NETWORK...     mdns_farm 50 f1:10.64.1 f2:10.64.2
//
// On f1 it has host-0.f1.local as 10.64.1.100 and so on, to a question from
// port 5353 by multicast, else as RFC 6762, section 6.7 has it. It does not
// probe, nor announce.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

constexpr int kMdnsPort = 5353;
constexpr size_t kHeaderBytes = 12;
constexpr size_t kQuestionTail = 4;  // type and class
constexpr int kFirstHostNumber = 100;

[[noreturn]] void Die(const std::string& what) {
  std::perror(what.c_str());
  std::_Exit(1);
}

struct Link {
  int fd = -1;
  // The name as it is in a packet -> the address.
  std::unordered_map<std::string, in_addr> hosts;
};

std::string Encode(const std::vector<std::string>& labels) {
  std::string name;
  for (const std::string& label : labels) {
    name += static_cast<char>(label.size());
    name += label;
  }
  return name + '\0';
}

in_addr GroupAddress() {
  in_addr group{};
  inet_pton(AF_INET, "224.0.0.251", &group);
  return group;
}

int OpenSocket(const std::string& interface) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  sockaddr_in self{};
  self.sin_family = AF_INET;
  self.sin_port = htons(kMdnsPort);
  ip_mreqn member{};
  member.imr_multiaddr = GroupAddress();
  member.imr_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  if (fd < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                 static_cast<socklen_t>(interface.size())) != 0 ||
      bind(fd, reinterpret_cast<sockaddr*>(&self), sizeof(self)) != 0 ||
      setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &member, sizeof(member)) !=
          0 ||
      setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &member, sizeof(member)) !=
          0) {
    Die(interface);
  }
  return fd;
}

Link OpenLink(const std::string& argument, int hosts) {
  const size_t colon = argument.find(':');
  if (colon == std::string::npos) {
    std::cerr << "not INTERFACE:NETWORK: " << argument << std::endl;
    std::_Exit(2);
  }
  const std::string interface = argument.substr(0, colon);
  Link link;
  link.fd = OpenSocket(interface);
  for (int i = 0; i < hosts; ++i) {
    const std::string address =
        argument.substr(colon + 1) + "." + std::to_string(kFirstHostNumber + i);
    const std::string host = "host-" + std::to_string(i) + "-" + interface;
    if (inet_pton(AF_INET, address.c_str(),
                  &link.hosts[Encode({host, "local"})]) != 1) {
      Die(address);
    }
  }
  return link;
}

void Append(std::string& packet, std::initializer_list<int> bytes) {
  for (int byte : bytes) packet += static_cast<char>(byte);
}

// The reply to one question, or "" where there is nothing to say.
std::string Reply(const Link& link, const std::string& query, bool legacy) {
  if (query.size() < kHeaderBytes + 1 + kQuestionTail) return "";
  const bool response = (static_cast<uint8_t>(query[2]) & 0x80) != 0;
  const size_t end = query.find('\0', kHeaderBytes);
  if (response || end == std::string::npos ||
      end + 1 + kQuestionTail > query.size()) {
    return "";
  }
  const std::string name = query.substr(kHeaderBytes, end + 1 - kHeaderBytes);
  const auto host = link.hosts.find(name);
  if (host == link.hosts.end() ||
      query.substr(end + 1, 2) != std::string("\0\1", 2)) {
    return "";
  }
  std::string packet;
  if (legacy) packet = query.substr(0, 2);
  if (!legacy) Append(packet, {0, 0});
  Append(packet, {0x84, 0, 0, legacy, 0, 1, 0, 0, 0, 0});
  if (legacy)
    packet += name + query.substr(end + 1, 2) + std::string("\0\1", 2);
  packet += name;
  Append(packet,
         {0, 1, legacy ? 0 : 0x80, 1, 0, 0, 0, legacy ? 10 : 120, 0, 4});
  return packet.append(reinterpret_cast<const char*>(&host->second),
                       sizeof(in_addr));
}

void Answer(const Link& link) {
  std::array<char, 9000> buffer;
  sockaddr_in from{};
  socklen_t length = sizeof(from);
  const ssize_t bytes = recvfrom(link.fd, buffer.data(), buffer.size(), 0,
                                 reinterpret_cast<sockaddr*>(&from), &length);
  if (bytes <= 0) return;
  const bool legacy = from.sin_port != htons(kMdnsPort);
  const std::string reply = Reply(
      link, std::string(buffer.data(), static_cast<size_t>(bytes)), legacy);
  if (reply.empty()) return;
  if (!legacy) from.sin_addr = GroupAddress();
  if (sendto(link.fd, reply.data(), reply.size(), 0,
             reinterpret_cast<sockaddr*>(&from), sizeof(from)) < 0) {
    std::perror("sendto");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: " << argv[0] << " HOSTS INTERFACE:NETWORK..."
              << std::endl;
    return 2;
  }
  const int hosts = static_cast<int>(std::strtol(argv[1], nullptr, 10));
  const int epoll = epoll_create1(0);
  if (epoll < 0) Die("epoll_create1");
  std::vector<Link> links;
  for (int i = 2; i < argc; ++i) {
    links.push_back(OpenLink(argv[i], hosts));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = links.size() - 1;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, links.back().fd, &event) != 0) {
      Die("epoll_ctl");
    }
  }
  std::cout << "ready" << std::endl;
  std::array<epoll_event, 64> events;
  for (;;) {
    const int count = epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i)
      Answer(links[events[static_cast<size_t>(i)].data.u64]);
  }
}
