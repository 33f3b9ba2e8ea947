// Which callers an access rule means.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/access/caller.h"

namespace localstore::server {

class CallerPattern {
 public:
  // As AccessRule.callers has it. Errors: INVALID_ARGUMENT, for the caller to
  // put a field before, that says what would be right.
  static absl::StatusOr<CallerPattern> Parse(absl::string_view text);

  bool Matches(const Caller& caller) const;

  // Whether only a certificate can match.
  bool needs_certificate() const {
    return kind_ == Kind::kDns || kind_ == Kind::kUri ||
           kind_ == Kind::kEmail || kind_ == Kind::kIp;
  }

 private:
  enum class Kind { kEveryone, kUser, kGroup, kDns, kUri, kEmail, kIp };

  CallerPattern(Kind kind, std::string text, unsigned number)
      : kind_(kind), text_(std::move(text)), number_(number) {}

  static absl::StatusOr<CallerPattern> ParseAccount(absl::string_view kind,
                                                    absl::string_view value);
  static absl::StatusOr<CallerPattern> ParseDns(absl::string_view value);
  static absl::StatusOr<CallerPattern> ParseUri(absl::string_view value);
  static absl::StatusOr<CallerPattern> ParseEmail(absl::string_view value);
  static absl::StatusOr<CallerPattern> ParseIp(absl::string_view value);

  Kind kind_;
  std::string text_;     // of the name; network address in bytes
  unsigned number_ = 0;  // uid, gid, or length of the network's prefix in bits
};

}  // namespace localstore::server
