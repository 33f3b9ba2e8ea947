#include "resolver/net/datagram_reader.h"

#include <netinet/in.h>

#include <cstring>

namespace localstore::resolver {
namespace {

void ReadSource(const sockaddr_storage& source, Datagram& datagram) {
  if (source.ss_family == AF_INET) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, &source, sizeof ipv4);
    datagram.source = IpAddress(ipv4.sin_addr);
    datagram.source_port = ntohs(ipv4.sin_port);
  } else if (source.ss_family == AF_INET6) {
    sockaddr_in6 ipv6;
    std::memcpy(&ipv6, &source, sizeof ipv6);
    datagram.source = IpAddress(ipv6.sin6_addr);
    datagram.source_port = ntohs(ipv6.sin6_port);
  }
}

void ReadArrival(const cmsghdr& header, Datagram& datagram) {
  if (header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_PKTINFO) {
    in_pktinfo info;
    std::memcpy(&info, CMSG_DATA(&header), sizeof info);
    datagram.arrival_index = info.ipi_ifindex;
    datagram.destination = IpAddress(info.ipi_addr);
  }
  if (header.cmsg_level == IPPROTO_IPV6 && header.cmsg_type == IPV6_PKTINFO) {
    in6_pktinfo info;
    std::memcpy(&info, CMSG_DATA(&header), sizeof info);
    datagram.arrival_index = static_cast<int>(info.ipi6_ifindex);
    datagram.destination = IpAddress(info.ipi6_addr);
  }
}

}  // namespace

DatagramReader::DatagramReader() : slots_(kMaxBatch), messages_{} {}

void DatagramReader::Read(int fd, const std::function<bool(Datagram&)>& use) {
  Prepare();
  const int count =
      recvmmsg(fd, messages_.data(), kMaxBatch, MSG_DONTWAIT, nullptr);
  for (int i = 0; i < count; ++i) {
    msghdr& message = messages_[i].msg_hdr;
    Datagram datagram;
    ReadSource(slots_[i].source, datagram);
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
      ReadArrival(*header, datagram);
    }
    datagram.truncated = (message.msg_flags & MSG_TRUNC) != 0;
    datagram.payload =
        absl::MakeConstSpan(slots_[i].payload.data(), messages_[i].msg_len);
    if (!use(datagram)) return;
  }
}

void DatagramReader::Prepare() {
  for (int i = 0; i < kMaxBatch; ++i) {
    Slot& slot = slots_[i];
    slot.part = {slot.payload.data(), slot.payload.size()};
    msghdr& message = messages_[i].msg_hdr;
    message.msg_name = &slot.source;
    message.msg_namelen = sizeof slot.source;
    message.msg_iov = &slot.part;
    message.msg_iovlen = 1;
    message.msg_control = slot.control.data();
    message.msg_controllen = slot.control.size();
    message.msg_flags = 0;
  }
}

}  // namespace localstore::resolver
