// Why a lookup found nothing to use, in words that a person can act on.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "resolver/dns/name.h"
#include "resolver/host_resolver.h"
#include "resolver/link/bridge_link.h"
#include "resolver/lookup/candidates.h"
#include "resolver/rejection.h"

namespace localstore::resolver {

struct LookupFailure {
  dns::Name host;
  AddressFamily family = AddressFamily::kAny;
  absl::Duration waited;
  // One for each bridge in scope.
  std::vector<BridgeReport> reports;
  // Why responses were rejected meanwhile, by bridge.
  std::map<std::string, std::vector<Rejection>> rejections;
  Candidates candidates;
  // Bridges out of scope that know the host.
  std::vector<std::string> elsewhere;
};

// NO_BRIDGE when nothing could be asked, NO_USABLE_ADDRESS when the host
// answered with addresses that cannot be used, else HOST_NOT_FOUND.
absl::Status DescribeFailure(const LookupFailure& failure, absl::Time now);

// NO_BRIDGE: none of `links` can be asked; OK when one can.
absl::Status CheckUsable(const std::vector<BridgeLink*>& links);

// Whether `heard` looks like what was meant by `host`: another number behind
// it, a part of it, or a slip of one or two letters. Both lower-case.
bool LooksLike(absl::string_view heard, absl::string_view host);

// Whether `heard` is what a responder makes of `host` when that name is taken
// (RFC 6762 section 9): "host-2.local". Both lower-case.
bool IsRenamed(absl::string_view heard, absl::string_view host);

}  // namespace localstore::resolver
