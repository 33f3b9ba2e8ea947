// Sends mDNS responses as fast as it may: random bytes, sound answers for hosts
// that nobody has heard of, and one packet again and again.
//
//   mdns_flood INTERFACE ADDRESS PACKETS_PER_SECOND SECONDS
//
// ADDRESS is what the answers hold. Prints how many packets went out.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Packet = std::vector<uint8_t>;

constexpr int kMdnsPort = 5353;
constexpr int kBatch = 50;
constexpr size_t kMaxRandomBytes = 600;

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::_Exit(1);
}

void Append16(Packet& packet, uint16_t value) {
  packet.push_back(static_cast<uint8_t>(value >> 8));
  packet.push_back(static_cast<uint8_t>(value));
}

void AppendLabel(Packet& packet, const std::string& label) {
  packet.push_back(static_cast<uint8_t>(label.size()));
  packet.insert(packet.end(), label.begin(), label.end());
}

// A response (RFC 6762, section 18) with one A record, flush bit set.
Packet Answer(const std::string& host, in_addr address) {
  Packet packet = {0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0};
  AppendLabel(packet, host);
  AppendLabel(packet, "local");
  packet.push_back(0);
  Append16(packet, 1);
  Append16(packet, 0x8001);
  Append16(packet, 0);
  Append16(packet, 120);
  Append16(packet, sizeof(address));
  const auto* bytes = reinterpret_cast<const uint8_t*>(&address);
  packet.insert(packet.end(), bytes, bytes + sizeof(address));
  return packet;
}

class Packets {
 public:
  explicit Packets(in_addr address)
      : address_(address), replayed_(Answer("replayed", address)) {}

  Packet Next() {
    switch (random_() % 3) {
      case 0:
        return RandomBytes();
      case 1:
        return Answer("flood-" + std::to_string(random_()), address_);
      default:
        return replayed_;
    }
  }

 private:
  Packet RandomBytes() {
    Packet packet(random_() % kMaxRandomBytes);
    for (uint8_t& byte : packet) byte = static_cast<uint8_t>(random_());
    // Read as a response, not dropped as a query.
    if (packet.size() > 3) {
      packet[2] = 0x84;
      packet[3] = 0;
    }
    return packet;
  }

  const in_addr address_;
  const Packet replayed_;
  // NOLINTNEXTLINE(cert-msc32-c,cert-msc51-cpp): the same in each run.
  std::mt19937_64 random_{1};
};

int OpenSocket(const char* interface) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) Die("socket");
  const int on = 1;
  // avahi-daemon has the port, too.
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) {
    Die("setsockopt");
  }
  sockaddr_in self{};
  self.sin_family = AF_INET;
  self.sin_port = htons(kMdnsPort);
  if (bind(fd, reinterpret_cast<sockaddr*>(&self), sizeof(self)) != 0) {
    Die("bind");
  }
  ip_mreqn out{};
  out.imr_ifindex = static_cast<int>(if_nametoindex(interface));
  const int ttl = 255;
  const int loop = 0;
  if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof(out)) != 0 ||
      setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl)) != 0 ||
      setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof(loop)) != 0) {
    Die("setsockopt");
  }
  return fd;
}

// How many of the batch the kernel took.
int SendBatch(int fd, Packets& packets) {
  sockaddr_in group{};
  group.sin_family = AF_INET;
  group.sin_port = htons(kMdnsPort);
  inet_pton(AF_INET, "224.0.0.251", &group.sin_addr);
  std::array<Packet, kBatch> batch;
  std::array<iovec, kBatch> parts{};
  std::array<mmsghdr, kBatch> messages{};
  for (size_t i = 0; i < kBatch; ++i) {
    batch[i] = packets.Next();
    parts[i] = {batch[i].data(), batch[i].size()};
    messages[i].msg_hdr.msg_name = &group;
    messages[i].msg_hdr.msg_namelen = sizeof(group);
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  return std::max(0, sendmmsg(fd, messages.data(), kBatch, 0));
}

int64_t Flood(int fd, Packets& packets, int64_t rate, int64_t seconds) {
  const Clock::time_point start = Clock::now();
  const Clock::time_point end = start + std::chrono::seconds(seconds);
  int64_t sent = 0;
  for (Clock::time_point now = start; now < end; now = Clock::now()) {
    const int64_t due =
        (now - start) / std::chrono::microseconds(1) * rate / 1'000'000;
    if (sent < due) {
      sent += SendBatch(fd, packets);
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
  return sent;
}

}  // namespace

int main(int argc, char** argv) {
  in_addr address{};
  if (argc != 5 || inet_pton(AF_INET, argv[2], &address) != 1) {
    std::cerr << "usage: " << argv[0]
              << " INTERFACE ADDRESS PACKETS_PER_SECOND SECONDS" << std::endl;
    return 2;
  }
  const int64_t rate =
      std::clamp<int64_t>(std::strtoll(argv[3], nullptr, 10), 1, 50'000);
  const int64_t seconds =
      std::clamp<int64_t>(std::strtoll(argv[4], nullptr, 10), 1, 60);
  Packets packets(address);
  const int64_t sent = Flood(OpenSocket(argv[1]), packets, rate, seconds);
  std::cout << sent << std::endl;
  return 0;
}
