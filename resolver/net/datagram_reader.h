// Takes datagrams and all that is told with them off a socket.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "resolver/net/mdns_transport.h"

namespace localstore::resolver {

// Not thread-safe. One serves any number of sockets, one after the other.
class DatagramReader {
 public:
  // Datagrams taken at once, so that a flood on one socket keeps no other
  // waiting.
  static constexpr int kMaxBatch = 16;
  // RFC 6762 section 17: never more than 9000 bytes with IP and UDP headers.
  static constexpr size_t kMaxPayloadBytes = 9000;

  DatagramReader();

  // Reads what there is on a non-blocking socket, kMaxBatch at most, and calls
  // `use` with each until it returns false. Of the datagram, bridge_index,
  // channel and family are left for the caller to set. An error of the socket
  // counts as nothing to read: it is thereby cleared.
  void Read(int fd, const std::function<bool(Datagram&)>& use);

 private:
  struct Slot {
    sockaddr_storage source;
    iovec part;
    // For one in6_pktinfo, aligned as cmsghdr wants it.
    alignas(cmsghdr) std::array<uint8_t, 64> control;
    std::array<uint8_t, kMaxPayloadBytes> payload;
  };

  void Prepare();

  std::vector<Slot> slots_;
  std::array<mmsghdr, kMaxBatch> messages_;
};

}  // namespace localstore::resolver
