#include "fetcher/datastore_url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "fetcher/url_text.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

constexpr size_t kMaxHostBytes = 253;  // RFC 1035, 2.3.4, as text
constexpr size_t kMaxLabelBytes = 63;
constexpr size_t kMaxFileNameBytes = 255;  // NAME_MAX of Linux
constexpr int kMaxPort = 65535;

struct Problem {
  v1::ErrorReason reason;
  std::string description;
};
using MaybeProblem = absl::optional<Problem>;

Problem Invalid(absl::string_view description) {
  return {v1::ERROR_REASON_INVALID_REQUEST, std::string(description)};
}

Problem NotLocal(absl::string_view host, absl::string_view why) {
  return {v1::ERROR_REASON_HOST_NOT_LOCAL,
          absl::StrCat("host \"", host, "\" ", why,
                       ": give the App's name, as in \"store.local\"")};
}

MaybeProblem CheckCharacters(absl::string_view text) {
  absl::optional<std::string> bad = FindBadUrlCharacter(text);
  if (!bad.has_value()) return absl::nullopt;
  return Invalid(*bad);
}

MaybeProblem CheckPath(absl::string_view path) {
  if (path.find_first_of("[]") != absl::string_view::npos) {
    return Invalid("has a bracket in its path: write it %5B or %5D");
  }
  if (HasDotSegment(path)) {
    return Invalid(
        "has \".\" or \"..\" as a segment of its path: write the path without");
  }
  return absl::nullopt;
}

bool IsIpAddress(absl::string_view host) {
  in_addr v4;
  in6_addr v6;
  const std::string text(host);
  if (absl::StrContains(text, '\0')) return false;
  return inet_pton(AF_INET, text.c_str(), &v4) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &v6) == 1;
}

bool IsHostCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
         c == '_' || c == '.';
}

// `host` is in lower case, without its final dot.
MaybeProblem CheckHost(absl::string_view host) {
  if (host.empty()) return Invalid("has no host");
  for (const char c : host) {
    if (!IsHostCharacter(c)) {
      return Invalid(
          "has a character in its host other than letters, digits, \"-\", "
          "\"_\" and dots");
    }
  }
  if (IsIpAddress(host)) return NotLocal(host, "is an IP address");
  if (!absl::EndsWith(host, ".local")) {
    return NotLocal(host, "is not a name under .local");
  }
  if (host.size() > kMaxHostBytes) {
    return NotLocal(host.substr(0, kMaxLabelBytes),
                    "... is longer than 253 characters");
  }
  for (const absl::string_view label : absl::StrSplit(host, '.')) {
    if (label.empty()) return NotLocal(host, "has an empty label");
    if (label.size() > kMaxLabelBytes) {
      return NotLocal(host, "has a label longer than 63 characters");
    }
  }
  return absl::nullopt;
}

absl::Status ErrorOf(const Problem& problem, absl::string_view field) {
  return MakeBadRequest({{std::string(field), problem.description}},
                        problem.reason);
}

bool IsValidUtf8(absl::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t more = lead < 0x80   ? 0
                        : lead < 0xc2 ? 4
                        : lead < 0xe0 ? 1
                        : lead < 0xf0 ? 2
                        : lead < 0xf5 ? 3
                                      : 4;
    if (more == 4 || i + more >= text.size()) return false;
    for (size_t k = 1; k <= more; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) {
        return false;
      }
    }
    const auto second =
        more > 0 ? static_cast<unsigned char>(text[i + 1]) : 0x80;
    // Overlong forms, surrogates, and what is beyond U+10FFFF (RFC 3629, 4).
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
        (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) {
      return false;
    }
    i += more + 1;
  }
  return true;
}

}  // namespace

// Fills a DatastoreUrl from text; each step says what is wrong.
class DatastoreUrlParser {
 public:
  MaybeProblem ParseAbsolute(absl::string_view text) {
    if (text.empty()) {
      return Invalid("is empty: give an absolute http or https URL");
    }
    if (text.size() > kMaxUrlBytes) {
      return Invalid(absl::StrCat("is ", text.size(), " bytes long: at most ",
                                  kMaxUrlBytes, " are allowed"));
    }
    if (MaybeProblem bad = CheckCharacters(text)) return bad;
    const UriReference parts = SplitUriReference(text);
    if (MaybeProblem bad = TakeScheme(parts.scheme)) return bad;
    if (!parts.authority.has_value()) {
      return Invalid("has no \"//\" and host after the scheme");
    }
    if (MaybeProblem bad = TakeAuthority(*parts.authority)) return bad;
    if (parts.query.has_value()) url_.query_ = std::string(*parts.query);
    return TakePath(parts.path);
  }

  MaybeProblem ParseFqdn(absl::string_view fqdn) {
    if (fqdn.empty()) {
      return Invalid("is empty: give a name under .local");
    }
    const bool has_scheme = absl::StrContains(fqdn, "://");
    const std::string text = absl::StrCat(has_scheme ? "" : "http://", fqdn);
    if (MaybeProblem bad = ParseAbsolute(text)) return bad;
    if (url_.path_ != "/" || url_.query_.has_value()) {
      return Invalid("has a path or a query: put the path into dpath");
    }
    return absl::nullopt;
  }

  MaybeProblem TakeDpath(absl::string_view dpath) {
    if (MaybeProblem bad = CheckCharacters(dpath)) return bad;
    if (absl::StrContains(dpath, '?')) {
      return Invalid("has a \"?\": only the image can have a query");
    }
    if (MaybeProblem bad = CheckPath(dpath)) return bad;
    AppendPath(dpath);
    while (absl::EndsWith(url_.path_, "/")) url_.path_.pop_back();
    return absl::nullopt;
  }

  MaybeProblem TakeImage(absl::string_view image) {
    if (MaybeProblem bad = CheckCharacters(image)) return bad;
    const size_t mark = std::min(image.find('?'), image.size());
    const absl::string_view path = image.substr(0, mark);
    if (path.find_first_not_of('/') == absl::string_view::npos) {
      return Invalid("is empty: give the image's path under the datastore");
    }
    if (MaybeProblem bad = CheckPath(path)) return bad;
    AppendPath(path);
    if (mark < image.size()) url_.query_ = std::string(image.substr(mark + 1));
    if (url_.ToString().size() > kMaxUrlBytes) {
      return Invalid(
          absl::StrCat("makes a URL of more than ", kMaxUrlBytes, " bytes"));
    }
    return absl::nullopt;
  }

  DatastoreUrl Take() { return std::move(url_); }

 private:
  MaybeProblem TakeScheme(absl::optional<absl::string_view> scheme) {
    if (!scheme.has_value()) {
      return Invalid(
          "has no scheme: begin it with \"http://\" or \"https://\"");
    }
    url_.https_ = absl::EqualsIgnoreCase(*scheme, "https");
    if (url_.https_ || absl::EqualsIgnoreCase(*scheme, "http")) {
      return absl::nullopt;
    }
    return Invalid("has a scheme other than http and https");
  }

  MaybeProblem TakeAuthority(absl::string_view authority) {
    if (absl::StrContains(authority, '@')) {
      return Invalid(
          "has user-info before its host: credentials have a field of their "
          "own");
    }
    if (absl::StartsWith(authority, "[")) {
      return NotLocal("[...]", "is an IP address");
    }
    const size_t colon = std::min(authority.find(':'), authority.size());
    if (MaybeProblem bad = TakePort(authority.substr(colon))) return bad;
    absl::string_view host = authority.substr(0, colon);
    absl::ConsumeSuffix(&host, ".");
    url_.host_ = absl::AsciiStrToLower(host);
    return CheckHost(url_.host_);
  }

  // `text` is "", ":" (the scheme's own, RFC 3986, 3.2.3) or ":<digits>".
  MaybeProblem TakePort(absl::string_view text) {
    absl::ConsumePrefix(&text, ":");
    if (text.empty()) return absl::nullopt;
    if (text.size() > 5 ||
        text.find_first_not_of("0123456789") != absl::string_view::npos ||
        !absl::SimpleAtoi(text, &url_.port_) || url_.port_ < 1 ||
        url_.port_ > kMaxPort) {
      return Invalid("has a port that is no number from 1 to 65535");
    }
    return absl::nullopt;
  }

  MaybeProblem TakePath(absl::string_view path) {
    if (MaybeProblem bad = CheckPath(path)) return bad;
    url_.path_ = path.empty() ? "/" : std::string(path);
    return absl::nullopt;
  }

  void AppendPath(absl::string_view part) {
    while (absl::ConsumePrefix(&part, "/")) {
    }
    if (!absl::EndsWith(url_.path_, "/")) url_.path_.push_back('/');
    absl::StrAppend(&url_.path_, part);
  }

  DatastoreUrl url_;
};

absl::StatusOr<DatastoreUrl> DatastoreUrl::Parse(absl::string_view text,
                                                 absl::string_view field) {
  DatastoreUrlParser parser;
  if (const MaybeProblem bad = parser.ParseAbsolute(text)) {
    return ErrorOf(*bad, field);
  }
  return parser.Take();
}

absl::StatusOr<DatastoreUrl> DatastoreUrl::ParseFqdn(absl::string_view fqdn,
                                                     absl::string_view field) {
  DatastoreUrlParser parser;
  if (const MaybeProblem bad = parser.ParseFqdn(fqdn)) {
    return ErrorOf(*bad, field);
  }
  return parser.Take();
}

absl::StatusOr<DatastoreUrl> DatastoreUrl::Join(const Parts& parts) {
  DatastoreUrlParser parser;
  std::vector<FieldViolation> violations;
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  const auto note = [&](const MaybeProblem& bad, absl::string_view field) {
    if (!bad.has_value()) return;
    if (violations.empty()) reason = bad->reason;
    violations.push_back({std::string(field), bad->description});
  };
  note(parser.ParseFqdn(parts.fqdn), parts.fqdn_field);
  note(parser.TakeDpath(parts.dpath), parts.dpath_field);
  note(parser.TakeImage(parts.image), parts.image_field);
  if (!violations.empty()) return MakeBadRequest(violations, reason);
  return parser.Take();
}

int DatastoreUrl::PortOr(int service_port) const {
  if (port_ != 0) return port_;
  if (service_port != 0) return service_port;
  return https_ ? 443 : 80;
}

std::string DatastoreUrl::RequestTarget() const {
  return query_.has_value() ? absl::StrCat(path_, "?", *query_) : path_;
}

std::string DatastoreUrl::Compose(absl::string_view host, int port,
                                  absl::string_view target) const {
  return absl::StrCat(scheme(), "://", host,
                      port == 0 ? "" : absl::StrCat(":", port), target);
}

std::string DatastoreUrl::ToString() const {
  return Compose(host_, port_, RequestTarget());
}

std::string DatastoreUrl::Redacted() const {
  if (!query_.has_value()) return ToString();
  std::vector<std::string> shown;
  for (const absl::string_view pair : absl::StrSplit(*query_, '&')) {
    const size_t equals = pair.find('=');
    shown.push_back(equals == absl::string_view::npos
                        ? "***"
                        : absl::StrCat(pair.substr(0, equals + 1), "***"));
  }
  return Compose(host_, port_,
                 absl::StrCat(path_, "?", absl::StrJoin(shown, "&")));
}

absl::StatusOr<std::string> DatastoreUrl::WithAddress(absl::string_view address,
                                                      int port) const {
  const absl::string_view bare =
      address.substr(0, std::min(address.find('%'), address.size()));
  if (!IsIpAddress(bare) || port < 1 || port > kMaxPort) {
    return MakeError(
        v1::ERROR_REASON_INTERNAL,
        absl::StrCat("no address and port to dial: \"", address, "\", ", port));
  }
  const bool v6 = absl::StrContains(bare, ':');
  const bool own = port_ == 0 && port == PortOr(0);
  return Compose(v6 ? absl::StrCat("[", bare, "]") : std::string(bare),
                 own ? 0 : port, RequestTarget());
}

absl::StatusOr<std::string> DatastoreUrl::FileName() const {
  std::string name =
      PercentDecode(absl::string_view(path_).substr(path_.rfind('/') + 1));
  const auto refuse = [](absl::string_view why) {
    return MakeBadRequest(
        {{"destination",
          absl::StrCat("is empty, and the last part of the URL's path ", why,
                       ": give a destination")}},
        v1::ERROR_REASON_DESTINATION_INVALID);
  };
  if (name.empty()) return refuse("is empty, too");
  if (name.size() > kMaxFileNameBytes) return refuse("is over 255 bytes long");
  for (const char c : name) {
    if (c == '/' || c == '\\') return refuse("has an escaped slash in it");
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      return refuse("has an escaped control character in it");
    }
  }
  if (!IsValidUtf8(name)) return refuse("is not UTF-8");
  return name;
}

bool SameOrigin(const DatastoreUrl& a, const DatastoreUrl& b) {
  return a.https_ == b.https_ && a.host_ == b.host_ &&
         a.PortOr(0) == b.PortOr(0);
}

bool operator==(const DatastoreUrl& a, const DatastoreUrl& b) {
  return a.https_ == b.https_ && a.host_ == b.host_ && a.port_ == b.port_ &&
         a.path_ == b.path_ && a.query_ == b.query_;
}

}  // namespace localstore::fetcher
