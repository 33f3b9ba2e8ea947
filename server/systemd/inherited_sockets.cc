#include "server/systemd/inherited_sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include <cstddef>
#include <cstdlib>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

struct Passed {
  int descriptor;
  std::string name;
};

absl::Status Wrong(const std::string& name, absl::string_view why) {
  return MakeBadRequest(
      {{"listen", absl::StrCat("\"systemd:", name, "\" ", why)}});
}

absl::StatusOr<std::vector<Passed>> AllPassed(const std::string& wanted) {
  char** names = nullptr;
  // The variables stay: other threads may read the environment.
  const int count = sd_listen_fds_with_names(0, &names);
  if (count < 0) {
    return Wrong(wanted,
                 absl::StrCat("cannot be had: LISTEN_FDS or LISTEN_PID: ",
                              std::generic_category().message(-count)));
  }
  std::vector<Passed> passed;
  passed.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    passed.push_back({SD_LISTEN_FDS_START + i, names[i]});
    free(names[i]);
  }
  free(names);
  return passed;
}

std::string UnixAddress(const sockaddr_un& name, socklen_t size) {
  constexpr size_t kPathStart = offsetof(sockaddr_un, sun_path);
  if (size <= kPathStart) return "unix:";
  const absl::string_view path(name.sun_path, size - kPathStart);
  if (path[0] == '\0') {
    return absl::StrCat("unix-abstract:", absl::CEscape(path.substr(1)));
  }
  return absl::StrCat("unix:", path.substr(0, path.find('\0')));
}

// False for an address that is neither IPv4 nor IPv6.
bool DescribeTcp(const sockaddr_storage& name, InheritedSocket& socket) {
  char text[INET6_ADDRSTRLEN] = "";
  if (name.ss_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(name);
    inet_ntop(AF_INET, &ipv4.sin_addr, text, sizeof(text));
    socket.address = absl::StrCat(text, ":", ntohs(ipv4.sin_port));
    socket.loopback = (ntohl(ipv4.sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
    return true;
  }
  if (name.ss_family != AF_INET6) return false;
  const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(name);
  inet_ntop(AF_INET6, &ipv6.sin6_addr, text, sizeof(text));
  socket.address = absl::StrCat("[", text, "]:", ntohs(ipv6.sin6_port));
  socket.loopback = IN6_IS_ADDR_LOOPBACK(&ipv6.sin6_addr);
  return true;
}

// nullopt: not a socket that gRPC can be served at.
absl::optional<InheritedSocket> Describe(int descriptor) {
  if (sd_is_socket(descriptor, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
    return absl::nullopt;
  }
  sockaddr_storage name{};
  socklen_t size = sizeof(name);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    return absl::nullopt;
  }
  InheritedSocket socket;
  socket.descriptor = descriptor;
  if (name.ss_family == AF_UNIX) {
    socket.unix_domain = true;
    socket.address =
        UnixAddress(reinterpret_cast<const sockaddr_un&>(name), size);
  } else if (!DescribeTcp(name, socket)) {
    return absl::nullopt;
  }
  return socket;
}

bool MakeNonBlocking(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0;
}

absl::Status NonePassed(const std::string& name,
                        const std::vector<Passed>& passed) {
  if (passed.empty()) {
    return Wrong(name,
                 "was not passed: systemd passed no socket at all; start the "
                 "service by its socket unit, or listen at an address");
  }
  std::set<std::string> names;
  for (const Passed& other : passed) names.insert(other.name);
  return Wrong(name, absl::StrCat("was not passed; systemd passed ",
                                  absl::StrJoin(names, ", ")));
}

}  // namespace

absl::StatusOr<std::vector<InheritedSocket>> FindInheritedSockets(
    const std::string& name) {
  const auto passed = AllPassed(name);
  if (!passed.ok()) return passed.status();
  std::vector<InheritedSocket> sockets;
  for (const Passed& candidate : *passed) {
    if (!name.empty() && candidate.name != name) continue;
    absl::optional<InheritedSocket> socket = Describe(candidate.descriptor);
    if (!socket.has_value() || !MakeNonBlocking(candidate.descriptor)) {
      return Wrong(name,
                   absl::StrCat("has descriptor ", candidate.descriptor,
                                ", which is no listening Unix or TCP stream "
                                "socket; the socket unit wants ListenStream= "
                                "and Accept=no"));
    }
    sockets.push_back(*std::move(socket));
  }
  if (sockets.empty()) return NonePassed(name, *passed);
  return sockets;
}

}  // namespace localstore::server
