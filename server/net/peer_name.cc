#include "server/net/peer_name.h"

#include <netdb.h>
#include <sys/socket.h>

#include <array>

#include "absl/strings/match.h"
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

std::string PeerAddress(int descriptor) {
  sockaddr_storage peer{};
  socklen_t size = sizeof(peer);
  std::array<char, NI_MAXHOST> host{};
  auto* const address = reinterpret_cast<sockaddr*>(&peer);
  if (getpeername(descriptor, address, &size) != 0 ||
      getnameinfo(address, size, host.data(), host.size(), nullptr, 0,
                  NI_NUMERICHOST) != 0) {
    return "";
  }
  return WithoutMapping(host.data());
}

}  // namespace localstore::server
