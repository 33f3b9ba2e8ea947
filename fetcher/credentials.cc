#include "fetcher/credentials.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

constexpr size_t kMaxAuthorizationBytes = 8192;

// At least one character, each a letter, a digit or one of `others`.
bool HasOnly(absl::string_view text, absl::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::StrContains(others, c);
  });
}

// RFC 9110, section 5.6.2.
bool IsToken(absl::string_view text) {
  return HasOnly(text, "!#$%&'*+-.^_`|~");
}

// RFC 9110, section 11.2.
bool IsToken68(absl::string_view text) {
  while (absl::EndsWith(text, "=")) text.remove_suffix(1);
  return HasOnly(text, "-._~+/");
}

// A field's value without what only old senders use: tabs and bytes beyond
// ASCII (RFC 9110, section 5.5).
bool IsPlainFieldValue(absl::string_view text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isprint(static_cast<unsigned char>(c));
  });
  return printable && !text.empty() && text.front() != ' ' &&
         text.back() != ' ' && text.size() <= kMaxAuthorizationBytes;
}

std::string DescribeValueProblem(absl::string_view scheme,
                                 absl::string_view value) {
  if (value.empty()) return "is empty, but there is a scheme";
  if (!IsPlainFieldValue(value)) {
    return absl::StrCat(
        "must be one line of printable ASCII without a space at either end, at "
        "most ",
        kMaxAuthorizationBytes, " bytes");
  }
  if (absl::EqualsIgnoreCase(scheme, "Basic") && !IsToken68(value)) {
    return "must be the base64 of \"user:password\" for the scheme Basic";
  }
  if (absl::EqualsIgnoreCase(scheme, "Bearer") && !IsToken68(value)) {
    return "must be a single token, without spaces, for the scheme Bearer";
  }
  return "";
}

}  // namespace

absl::StatusOr<std::string> MakeAuthorization(absl::string_view scheme,
                                              absl::string_view value,
                                              absl::string_view field) {
  if (scheme.empty() && value.empty()) return "";
  std::vector<FieldViolation> violations;
  if (!IsToken(scheme)) {
    violations.push_back(
        {absl::StrCat(field, ".scheme"),
         scheme.empty() ? "is empty, but there is a value: give \"Basic\", "
                          "\"Bearer\" or the like"
                        : "must be one word, as in \"Basic\" or \"Bearer\""});
  }
  std::string problem = DescribeValueProblem(scheme, value);
  if (!problem.empty()) {
    violations.push_back({absl::StrCat(field, ".value"), std::move(problem)});
  }
  if (!violations.empty()) return MakeBadRequest(violations);
  return absl::StrCat(scheme, " ", value);
}

absl::Status CheckCredentials(const DatastoreAccess& access,
                              const DatastoreUrl& url,
                              absl::string_view field) {
  if (access.authorization.empty()) return absl::OkStatus();
  if (!IsPlainFieldValue(access.authorization)) {
    return MakeBadRequest(
        {{std::string(field),
          "must be one line of printable ASCII without a space at either "
          "end"}});
  }
  if (url.is_https() || access.allow_credentials_over_http) {
    return absl::OkStatus();
  }
  return MakeBadRequest(
      {{std::string(field),
        absl::StrCat("credentials for \"", url.host(),
                     "\" would cross the bridge in clear: use https, or set "
                     "allow_over_http if every App on that bridge may read "
                     "them")}},
      v1::ERROR_REASON_CREDENTIALS_OVER_HTTP, {{"host", url.host()}});
}

absl::string_view AuthorizationFor(const DatastoreAccess& access,
                                   const DatastoreUrl& asked,
                                   const DatastoreUrl& target) {
  if (!SameOrigin(asked, target)) return "";
  return access.authorization;
}

}  // namespace localstore::fetcher
