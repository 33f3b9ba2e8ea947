#include "resolver/net/netlink_socket.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "resolver/net/system_error.h"

namespace localstore::resolver {
namespace {

// The kernel fills at most 32 KiB of a dump at once.
constexpr size_t kBufferBytes = size_t{64} * 1024;

}  // namespace

absl::StatusOr<NetlinkSocket> NetlinkSocket::Open(uint32_t groups,
                                                  int receive_buffer_bytes) {
  UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                     NETLINK_ROUTE));
  if (!fd.valid()) {
    return SystemError("cannot ask the kernel for bridges (netlink socket)",
                       errno);
  }
  // Beyond the system's limit with CAP_NET_ADMIN only; less will do as well.
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer_bytes,
                 sizeof receive_buffer_bytes) != 0) {
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
               sizeof receive_buffer_bytes);
  }
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address),
           sizeof address) != 0) {
    return SystemError("cannot follow the kernel's bridges (netlink bind)",
                       errno);
  }
  return NetlinkSocket(std::move(fd));
}

NetlinkSocket::NetlinkSocket(UniqueFd fd)
    : fd_(std::move(fd)), buffer_(kBufferBytes) {}

absl::Status NetlinkSocket::Send(absl::Span<const uint8_t> request) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (sendto(fd_.get(), request.data(), request.size(), 0,
             reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) < 0) {
    return SystemError("cannot ask the kernel for bridges (netlink send)",
                       errno);
  }
  return absl::OkStatus();
}

absl::StatusOr<NetlinkSocket::Received> NetlinkSocket::Receive() {
  while (true) {
    sockaddr_nl sender{};
    iovec part{buffer_.data(), buffer_.size()};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t size = recvmsg(fd_.get(), &message, 0);
    if (size < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return Received{Outcome::kNothing, {}};
      if (errno == ENOBUFS) return Received{Outcome::kLost, {}};
      return SystemError("cannot read the kernel's bridges (netlink recv)",
                         errno);
    }
    const bool from_kernel =
        message.msg_namelen == sizeof sender && sender.nl_pid == 0;
    if (!from_kernel) continue;
    if ((message.msg_flags & MSG_TRUNC) != 0) {
      return Received{Outcome::kLost, {}};
    }
    return Received{Outcome::kDatagram,
                    absl::MakeConstSpan(buffer_.data(), size)};
  }
}

bool NetlinkSocket::HasMore() const {
  pollfd entry{fd_.get(), POLLIN, 0};
  return poll(&entry, 1, 0) > 0;
}

}  // namespace localstore::resolver
