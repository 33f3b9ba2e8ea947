// What callers ask for, checked.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "resolver/dns/name.h"
#include "resolver/host_resolver.h"

namespace localstore::resolver {

constexpr absl::Duration kMaxTimeout = absl::Hours(1);

struct ResolveRequest {
  dns::Name host;  // as it was spelled
  absl::optional<dns::Name> service;
};

// HOST_NOT_LOCAL, or INVALID_REQUEST with the field paths `host`, `timeout` and
// `service`. Whether the bridges exist is for the loop's thread to say.
absl::StatusOr<ResolveRequest> CheckResolve(const std::string& host,
                                            const ResolveOptions& options);

}  // namespace localstore::resolver
