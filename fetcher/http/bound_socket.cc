#include "fetcher/http/bound_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

absl::Status Refused(const Endpoint& endpoint, absl::string_view doing) {
  const std::string cause = std::generic_category().message(errno);
  return MakeError(
      v1::ERROR_REASON_CONNECT_FAILED,
      absl::StrCat("cannot ", doing, " for a connection to ", endpoint.address,
                   " on bridge ", endpoint.bridge, ": ", cause),
      {{"bridge", endpoint.bridge},
       {"address", endpoint.address},
       {"source_address", endpoint.source_address},
       {"cause", cause}});
}

// 0 when `endpoint.source_address` is no address of the family.
socklen_t SourceAddress(const Endpoint& endpoint, int family,
                        sockaddr_storage& out) {
  const char* const text = endpoint.source_address.c_str();
  out = {};
  if (family == AF_INET) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(out);
    v4.sin_family = AF_INET;
    return inet_pton(AF_INET, text, &v4.sin_addr) == 1 ? sizeof(v4) : 0;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
  v6.sin6_family = AF_INET6;
  if (inet_pton(AF_INET6, text, &v6.sin6_addr) != 1) return 0;
  if (IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr)) {
    v6.sin6_scope_id = static_cast<uint32_t>(endpoint.bridge_index);
  }
  return sizeof(v6);
}

}  // namespace

absl::StatusOr<UniqueFd> OpenBoundSocket(const Endpoint& endpoint, int family) {
  UniqueFd fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!fd.valid()) return Refused(endpoint, "open a socket");
  if (!endpoint.bridge.empty() &&
      setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, endpoint.bridge.c_str(),
                 static_cast<socklen_t>(endpoint.bridge.size())) != 0) {
    return Refused(endpoint, "bind a socket to the bridge");
  }
  if (endpoint.source_address.empty()) return fd;
  sockaddr_storage source;
  const socklen_t size = SourceAddress(endpoint, family, source);
  if (size == 0) errno = EAFNOSUPPORT;
  if (size == 0 ||
      bind(fd.get(), reinterpret_cast<sockaddr*>(&source), size) != 0) {
    return Refused(endpoint, absl::StrCat("bind a socket to source address ",
                                          endpoint.source_address));
  }
  return fd;
}

int LocalPort(int socket) {
  sockaddr_storage local = {};
  socklen_t size = sizeof(local);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&local), &size) != 0) {
    return 0;
  }
  return ntohs(local.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(local).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(local).sin_port);
}

}  // namespace localstore::fetcher
