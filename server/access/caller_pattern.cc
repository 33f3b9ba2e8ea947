#include "server/access/caller_pattern.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/net/accounts.h"

namespace localstore::server {
namespace {

absl::Status Wrong(absl::string_view value, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("\"", value, "\" ", why));
}

// Network order, 4 or 16 bytes; "" for what is no IP address.
std::string AddressBytes(const std::string& text) {
  std::string bytes(16, '\0');
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1)
    return bytes.substr(0, 4);
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  return "";
}

bool InNetwork(absl::string_view address, absl::string_view network,
               unsigned prefix_bits) {
  if (address.size() != network.size()) return false;
  for (unsigned bit = 0; bit < prefix_bits; ++bit) {
    const unsigned mask = 0x80u >> (bit % 8);
    const unsigned differ = static_cast<unsigned char>(address[bit / 8]) ^
                            static_cast<unsigned char>(network[bit / 8]);
    if ((differ & mask) != 0) return false;
  }
  return true;
}

// `pattern` is in lower case. A star is one label (RFC 9525, section 6.3). A
// name that has a star itself is nobody's.
bool DnsMatches(absl::string_view pattern, absl::string_view name) {
  if (absl::StrContains(name, '*')) return false;
  if (!absl::ConsumePrefix(&pattern, "*.")) {
    return absl::EqualsIgnoreCase(pattern, name);
  }
  const size_t dot = name.find('.');
  return dot != absl::string_view::npos && dot > 0 &&
         absl::EqualsIgnoreCase(pattern, name.substr(dot + 1));
}

// Dot segments would lead out of what a prefix means (RFC 3986, section 5.2.4).
bool HasDotSegment(absl::string_view uri) {
  const std::string closed = absl::StrCat(uri, "/");
  return absl::StrContains(closed, "/./") ||
         absl::StrContains(closed, "/../") ||
         absl::StrContains(absl::AsciiStrToLower(closed), "%2e");
}

bool UriMatches(absl::string_view pattern, absl::string_view uri) {
  if (!absl::ConsumeSuffix(&pattern, "*")) return pattern == uri;
  return absl::StartsWith(uri, pattern) && uri.size() > pattern.size() &&
         !HasDotSegment(uri);
}

// The domain has no case; the local part may have (RFC 5321, section 2.4).
bool EmailMatches(absl::string_view pattern, absl::string_view email) {
  const size_t pattern_at = pattern.rfind('@');
  const size_t at = email.rfind('@');
  if (at == absl::string_view::npos || at == 0) return false;
  const absl::string_view local = pattern.substr(0, pattern_at);
  return absl::EqualsIgnoreCase(pattern.substr(pattern_at), email.substr(at)) &&
         (local == "*" || local == email.substr(0, at));
}

}  // namespace

absl::StatusOr<CallerPattern> CallerPattern::Parse(absl::string_view text) {
  if (text == "*") return CallerPattern(Kind::kEveryone, "", 0);
  const size_t colon = text.find(':');
  const absl::string_view kind = text.substr(0, colon);
  const absl::string_view value =
      colon == absl::string_view::npos ? "" : text.substr(colon + 1);
  if (!value.empty()) {
    if (kind == "user" || kind == "uid" || kind == "group" || kind == "gid") {
      return ParseAccount(kind, value);
    }
    if (kind == "dns") return ParseDns(value);
    if (kind == "uri") return ParseUri(value);
    if (kind == "email") return ParseEmail(value);
    if (kind == "ip") return ParseIp(value);
  }
  return Wrong(text,
               "is none of user:, uid:, group:, gid:, dns:, uri:, email: and "
               "ip: with what is meant after it, nor \"*\" for everyone");
}

absl::StatusOr<CallerPattern> CallerPattern::ParseAccount(
    absl::string_view kind, absl::string_view value) {
  const Kind as = kind == "user" || kind == "uid" ? Kind::kUser : Kind::kGroup;
  unsigned number = 0;
  if (kind == "uid" || kind == "gid") {
    // All ones mean "no change" to the kernel, and are nobody's.
    if (!absl::SimpleAtoi(value, &number) || number == ~0u) {
      return Wrong(value, "is no number of a user or group");
    }
    return CallerPattern(as, "", number);
  }
  const absl::optional<unsigned> found = as == Kind::kUser
                                             ? UserId(std::string(value))
                                             : GroupId(std::string(value));
  if (!found.has_value()) {
    return Wrong(value, absl::StrCat("is no ", kind, " of this host"));
  }
  return CallerPattern(as, "", *found);
}

absl::StatusOr<CallerPattern> CallerPattern::ParseDns(absl::string_view value) {
  absl::string_view rest = value;
  absl::ConsumePrefix(&rest, "*.");
  if (rest.empty() || absl::StrContains(rest, '*') || rest.front() == '.' ||
      rest.back() == '.') {
    return Wrong(value,
                 "is neither a name such as agent.example nor one with a star "
                 "for its first label: *.agents.example");
  }
  return CallerPattern(Kind::kDns, absl::AsciiStrToLower(value), 0);
}

absl::StatusOr<CallerPattern> CallerPattern::ParseUri(absl::string_view value) {
  absl::string_view rest = value;
  const bool star = absl::ConsumeSuffix(&rest, "*");
  const size_t scheme = rest.find(':');
  if (scheme == absl::string_view::npos || scheme == 0 ||
      rest.size() == scheme + 1 || absl::StrContains(rest, '*')) {
    return Wrong(value, "is no URI such as spiffe://edge/agent");
  }
  if (star && (rest.back() != '/' || absl::EndsWith(rest, "://"))) {
    return Wrong(value,
                 "may have its star only after a slash behind the first name: "
                 "spiffe://edge/*");
  }
  return CallerPattern(Kind::kUri, std::string(value), 0);
}

absl::StatusOr<CallerPattern> CallerPattern::ParseEmail(
    absl::string_view value) {
  const size_t at = value.rfind('@');
  if (at == absl::string_view::npos || at == 0 || at + 1 == value.size() ||
      absl::StrContains(value.substr(at), '*') ||
      (absl::StrContains(value, '*') && value.substr(0, at) != "*")) {
    return Wrong(value,
                 "is neither a mail address nor one with a star for its local "
                 "part: *@ops.example");
  }
  return CallerPattern(Kind::kEmail, std::string(value), 0);
}

absl::StatusOr<CallerPattern> CallerPattern::ParseIp(absl::string_view value) {
  const size_t slash = value.find('/');
  std::string bytes = AddressBytes(std::string(value.substr(0, slash)));
  unsigned bits = static_cast<unsigned>(bytes.size() * 8);
  if (bytes.empty() || (slash != absl::string_view::npos &&
                        (!absl::SimpleAtoi(value.substr(slash + 1), &bits) ||
                         bits > bytes.size() * 8))) {
    return Wrong(value,
                 "is neither an IP address nor a network such as 10.1.0.0/16");
  }
  return CallerPattern(Kind::kIp, std::move(bytes), bits);
}

bool CallerPattern::Matches(const Caller& caller) const {
  const auto any = [](const std::vector<std::string>& names, auto matches) {
    return std::any_of(names.begin(), names.end(), matches);
  };
  switch (kind_) {
    case Kind::kEveryone:
      return true;
    case Kind::kUser:
      return caller.user.has_value() && caller.user->uid == number_;
    case Kind::kGroup:
      return caller.user.has_value() &&
             (caller.user->gid == number_ ||
              std::count(caller.user->groups.begin(), caller.user->groups.end(),
                         number_) > 0);
    case Kind::kDns:
      return any(caller.dns_names, [this](const std::string& name) {
        return DnsMatches(text_, name);
      });
    case Kind::kUri:
      return any(caller.uris, [this](const std::string& uri) {
        return UriMatches(text_, uri);
      });
    case Kind::kEmail:
      return any(caller.emails, [this](const std::string& email) {
        return EmailMatches(text_, email);
      });
    case Kind::kIp:
      return any(caller.ip_addresses, [this](const std::string& address) {
        return InNetwork(AddressBytes(address), text_, number_);
      });
  }
  return false;
}

}  // namespace localstore::server
