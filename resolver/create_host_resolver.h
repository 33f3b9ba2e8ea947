// Puts the resolver together for this device: netlink, sockets, a thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "resolver/host_resolver.h"

namespace localstore::resolver {

struct HostResolverConfig {
  // fnmatch(3) patterns of interface names; empty: every Linux bridge.
  std::vector<std::string> bridge_patterns;
};

// A resolver on its own thread, already listening on the bridges that are
// there. A bridge that cannot be listened on is no error: its state and the
// answers' reports carry the problem. Errors: INTERNAL when netlink or the
// thread cannot be had.
absl::StatusOr<std::unique_ptr<HostResolver>> CreateHostResolver(
    const HostResolverConfig& config);

}  // namespace localstore::resolver
