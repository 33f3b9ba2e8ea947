#include "server/net/peer_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace localstore::server {
namespace {

// A client is the same over "::ffff:10.1.0.5" as over "10.1.0.5".
std::string WithoutMapping(absl::string_view address) {
  if (absl::StartsWithIgnoreCase(address, "::ffff:") &&
      absl::StrContains(address, '.')) {
    address.remove_prefix(7);
  }
  return std::string(address);
}

}  // namespace

std::string AddressOfPeer(absl::string_view peer) {
  const std::string plain = absl::StrReplaceAll(
      peer,
      {{"%5B", "["}, {"%5D", "]"}, {"%5b", "["}, {"%5d", "]"}, {"%25", "%"}});
  absl::string_view rest = plain;
  if (!absl::ConsumePrefix(&rest, "ipv4:") &&
      !absl::ConsumePrefix(&rest, "ipv6:")) {
    return std::string(peer);
  }
  rest = rest.substr(0, rest.rfind(':'));
  if (absl::ConsumePrefix(&rest, "[")) absl::ConsumeSuffix(&rest, "]");
  return WithoutMapping(rest);
}

std::string SocketAddress(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.sa_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &ipv4.sin_addr, text.data(), text.size());
    return text.data();
  }
  if (address.sa_family != AF_INET6) return "";
  const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address);
  inet_ntop(AF_INET6, &ipv6.sin6_addr, text.data(), text.size());
  std::string host = WithoutMapping(text.data());
  if (ipv6.sin6_scope_id != 0) absl::StrAppend(&host, "%", ipv6.sin6_scope_id);
  return host;
}

std::string PeerAddress(int descriptor) {
  sockaddr_storage peer{};
  socklen_t size = sizeof(peer);
  auto* const address = reinterpret_cast<sockaddr*>(&peer);
  if (getpeername(descriptor, address, &size) != 0) return "";
  return SocketAddress(*address);
}

}  // namespace localstore::server
