#include "server/net/tcp_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

constexpr int kBacklog = 128;

struct SocketName {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

absl::Status CannotListen(const ListenAddress& address, const char* field,
                          int error) {
  const char* hint = "";
  if (error == EADDRINUSE) hint = "; another process is there";
  if (error == EADDRNOTAVAIL) hint = "; the host does not have the address";
  if (error == EACCES) {
    hint =
        "; a port below net.ipv4.ip_unprivileged_port_start needs "
        "CAP_NET_BIND_SERVICE";
  }
  return MakeBadRequest(
      {{field, absl::StrCat(address.ToString(), " cannot be listened at: ",
                            std::generic_category().message(error), hint)}});
}

SocketName NameOf(const ListenAddress& address) {
  SocketName name;
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&name.storage);
  if (inet_pton(AF_INET, address.host.c_str(), &ipv4->sin_addr) == 1) {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(static_cast<uint16_t>(address.port));
    name.size = sizeof(*ipv4);
    return name;
  }
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&name.storage);
  inet_pton(AF_INET6, address.host.c_str(), &ipv6->sin6_addr);
  ipv6->sin6_family = AF_INET6;
  ipv6->sin6_port = htons(static_cast<uint16_t>(address.port));
  name.size = sizeof(*ipv6);
  return name;
}

bool BindAndListen(int descriptor, SocketName& name) {
  const int yes = 1;
  const int no = 0;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (name.get()->sa_family == AF_INET6) {
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
  }
  return bind(descriptor, name.get(), name.size) == 0 &&
         listen(descriptor, kBacklog) == 0 &&
         getsockname(descriptor, name.get(), &name.size) == 0;
}

int PortOf(const SocketName& name) {
  return name.storage.ss_family == AF_INET
             ? ntohs(reinterpret_cast<const sockaddr_in*>(&name.storage)
                         ->sin_port)
             : ntohs(reinterpret_cast<const sockaddr_in6*>(&name.storage)
                         ->sin6_port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TcpSocket>> TcpSocket::Listen(
    const ListenAddress& address, const char* field) {
  SocketName name = NameOf(address);
  const int descriptor = socket(name.get()->sa_family,
                                SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return CannotListen(address, field, errno);
  absl::Cleanup close_socket = [descriptor] { close(descriptor); };
  if (!BindAndListen(descriptor, name)) {
    return CannotListen(address, field, errno);
  }
  std::move(close_socket).Cancel();
  ListenAddress bound = address;
  bound.port = PortOf(name);
  return std::unique_ptr<TcpSocket>(
      new TcpSocket(std::move(bound), descriptor));
}

std::unique_ptr<TcpSocket> TcpSocket::Adopt(int descriptor) {
  return std::unique_ptr<TcpSocket>(new TcpSocket({}, descriptor));
}

TcpSocket::TcpSocket(ListenAddress address, int descriptor)
    : address_(std::move(address)), descriptor_(descriptor) {}

TcpSocket::~TcpSocket() { close(descriptor_); }

}  // namespace localstore::server
