// What callers ask for, checked.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "resolver/dns/name.h"
#include "resolver/host_resolver.h"

namespace localstore::resolver {

constexpr absl::Duration kMaxTimeout = absl::Hours(1);
constexpr size_t kMaxBrowseTypes = 32;

struct ResolveRequest {
  dns::Name host;  // as it was spelled
  absl::optional<dns::Name> service;
};

// HOST_NOT_LOCAL, or INVALID_REQUEST with the field paths `host`, `timeout` and
// `service`. Whether the bridges exist is for the loop's thread to say.
absl::StatusOr<ResolveRequest> CheckResolve(const std::string& host,
                                            const ResolveOptions& options);

// The types to browse; those of Apps that serve images when none is given.
// INVALID_REQUEST with the field paths `types[i]`, and `types` for more than
// kMaxBrowseTypes.
absl::StatusOr<std::set<dns::Name>> CheckBrowse(const BrowseOptions& options);

}  // namespace localstore::resolver
