// Names as callers give them, checked, and names as they are shown.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "resolver/dns/name.h"

namespace localstore::resolver {

// Exactly one of `name` and `problem` is set.
struct HostName {
  absl::optional<dns::Name> name;  // spelled as it was given
  std::string problem;             // what is wrong with it: "is empty"
  bool elsewhere = false;  // it is an IP address, or a name not under .local
};

// A host under .local, with or without the final dot, in any case. Not one: an
// IP address or a name elsewhere; what is empty, longer than 255 bytes, has an
// empty label or one of more than 63 bytes, is not UTF-8, has a control
// character or a backslash, or is .local itself.
HostName ParseLocalHost(absl::string_view host);

// What anybody gave as a name, fit for a message: short, UTF-8, printable.
std::string Shown(absl::string_view text);

// "_http._tcp", with or without ".local" and final dot, or the meta type
// "_services._dns-sd._udp" (RFC 6763 sections 7 and 9). The error is one
// sentence about what is wrong, INVALID_ARGUMENT, without a reason.
absl::StatusOr<dns::Name> ParseServiceType(absl::string_view type);

// "_http._tcp" for _http._tcp.local.
std::string ServiceTypeText(const dns::Name& type);

// Lower-case, no final dot, valid UTF-8.
std::string HostText(const dns::Name& host);

// `bytes` with each byte that is not part of valid UTF-8 replaced by U+FFFD.
std::string ToUtf8(absl::string_view bytes);
bool IsUtf8(absl::string_view bytes);

}  // namespace localstore::resolver
