#include "server/net/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

absl::Status Wrong(absl::string_view field, absl::string_view text,
                   absl::string_view why) {
  return MakeBadRequest(
      {{std::string(field), absl::StrCat("\"", text, "\" ", why)}});
}

absl::StatusOr<ListenAddress> ParseUnix(absl::string_view text,
                                        absl::string_view field) {
  absl::string_view path = absl::StripPrefix(text, "unix:");
  if (absl::StartsWith(path, "//")) path.remove_prefix(2);
  if (!absl::StartsWith(path, "/") || absl::EndsWith(path, "/")) {
    return Wrong(field, text, "needs an absolute path: \"unix:/run/x.sock\"");
  }
  // sun_path holds the terminating NUL, too (unix(7)).
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return Wrong(field, text,
                 absl::StrCat("is too long; Linux takes at most ",
                              sizeof(sockaddr_un::sun_path) - 1, " bytes"));
  }
  ListenAddress address;
  address.kind = ListenAddress::Kind::kUnix;
  address.path = std::string(path);
  return address;
}

// As FileDescriptorName= of systemd.socket(5) has it.
absl::StatusOr<ListenAddress> ParseSystemd(absl::string_view text,
                                           absl::string_view field) {
  const absl::string_view name = absl::StripPrefix(text, "systemd:");
  for (const char c : name) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c)) || c == ':') {
      return Wrong(field, text,
                   "needs a FileDescriptorName= of the socket unit after "
                   "\"systemd:\", or nothing for all of its sockets");
    }
  }
  ListenAddress address;
  address.kind = ListenAddress::Kind::kSystemd;
  address.name = std::string(name);
  return address;
}

// Whether `host` is an IP address; `loopback` if it is one of this host alone.
bool IsIpAddress(const std::string& host, bool& loopback) {
  in_addr ipv4;
  if (inet_pton(AF_INET, host.c_str(), &ipv4) == 1) {
    loopback = (ntohl(ipv4.s_addr) >> 24) == IN_LOOPBACKNET;
    return true;
  }
  in6_addr ipv6;
  if (inet_pton(AF_INET6, host.c_str(), &ipv6) == 1) {
    loopback = IN6_IS_ADDR_LOOPBACK(&ipv6);
    return true;
  }
  return false;
}

}  // namespace

std::string ListenAddress::ToString() const {
  if (kind == Kind::kUnix) return absl::StrCat("unix:", path);
  if (kind == Kind::kSystemd) return absl::StrCat("systemd:", name);
  const bool ipv6 = absl::StrContains(host, ':');
  return absl::StrCat(ipv6 ? "[" : "", host, ipv6 ? "]" : "", ":", port);
}

absl::StatusOr<ListenAddress> ParseListenAddress(absl::string_view text,
                                                 absl::string_view field) {
  if (absl::StartsWith(text, "unix:")) return ParseUnix(text, field);
  if (absl::StartsWith(text, "systemd:")) return ParseSystemd(text, field);
  const size_t colon = text.rfind(':');
  ListenAddress address;
  if (colon == absl::string_view::npos ||
      !absl::SimpleAtoi(text.substr(colon + 1), &address.port) ||
      address.port < 0 || address.port > 65535) {
    return Wrong(field, text,
                 "is none of \"unix:/path\", \"systemd:NAME\" and "
                 "\"address:port\" with a port from 0 to 65535");
  }
  absl::string_view host = text.substr(0, colon);
  const bool bracketed =
      absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  if (absl::StrContains(host, ':') != bracketed) {
    return Wrong(field, text, "needs an IPv6 address in brackets: \"[::1]:1\"");
  }
  address.host = host == "localhost" ? "127.0.0.1" : std::string(host);
  if (!IsIpAddress(address.host, address.loopback)) {
    return Wrong(field, text,
                 "needs an IP address or \"localhost\" before the port; for "
                 "every address of the host give 0.0.0.0 or [::]");
  }
  return address;
}

}  // namespace localstore::server
