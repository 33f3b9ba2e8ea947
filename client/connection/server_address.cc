#include "client/connection/server_address.h"

#include <sys/un.h>

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace localstore::client {
namespace {

constexpr size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;
constexpr int kLargestPort = 65535;

absl::Status Wrong(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is no address of a server: ", why,
                   " (unix:PATH or HOST:PORT)"));
}

absl::StatusOr<ServerAddress> UnixAddress(absl::string_view text,
                                          absl::string_view path) {
  if (path.empty()) return Wrong(text, "the path is empty");
  if (path.size() > kLongestPath) {
    return Wrong(
        text, absl::StrCat("the path is longer than ", kLongestPath, " bytes"));
  }
  return ServerAddress{absl::StrCat("unix:", path), true};
}

bool IsLoopback(absl::string_view host) {
  return absl::EqualsIgnoreCase(host, "localhost") || host == "[::1]" ||
         (absl::StartsWith(host, "127.") &&
          host.find_first_not_of("0123456789.") == absl::string_view::npos);
}

// Where the port begins, its colon included; npos for none.
size_t PortColon(absl::string_view text) {
  const size_t bracket = text.rfind(']');
  return text.find(':', bracket == absl::string_view::npos ? 0 : bracket);
}

bool IsHost(absl::string_view host) {
  if (absl::ConsumePrefix(&host, "[")) {
    return absl::ConsumeSuffix(&host, "]") && absl::StrContains(host, ':') &&
           host.find_first_of("[]/@ ") == absl::string_view::npos;
  }
  for (const char c : host) {
    if (!absl::ascii_isalnum(c) && c != '-' && c != '.' && c != '_') {
      return false;
    }
  }
  return !host.empty();
}

}  // namespace

absl::StatusOr<ServerAddress> ParseServerAddress(absl::string_view text) {
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix:")) {
    if (absl::StartsWith(rest, "///")) rest.remove_prefix(2);
    return UnixAddress(text, rest);
  }
  if (absl::StartsWith(text, "/")) return UnixAddress(text, text);
  if (absl::StrContains(text, "://")) {
    return Wrong(text, "it is a URL; --tls asks for TLS");
  }
  const size_t colon = PortColon(text);
  const absl::string_view host = text.substr(0, colon);
  int port = kDefaultPort;
  if (colon != absl::string_view::npos &&
      (!absl::SimpleAtoi(text.substr(colon + 1), &port) || port < 1 ||
       port > kLargestPort)) {
    return Wrong(text, "the port is not a number from 1 to 65535");
  }
  if (!IsHost(host)) {
    return Wrong(text,
                 "the host is neither a name nor an IP address, IPv6 in "
                 "brackets");
  }
  return ServerAddress{absl::StrCat(host, ":", port), IsLoopback(host)};
}

}  // namespace localstore::client
