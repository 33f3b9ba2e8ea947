// Which callers an RPC is for.
#pragma once

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace localstore::server {

enum class RpcGroup {
  kOpen,      // for everyone, always: probes
  kRead,      // looks, changes nothing
  kDownload,  // starts and stops downloads
  kAdmin,     // everything else
};

// "read", "download", "admin": as in AccessRule.allow.
absl::string_view RpcGroupName(RpcGroup group);
absl::optional<RpcGroup> ParseRpcGroup(absl::string_view name);

// The group of an RPC, as gRPC writes it: "/package.Service/Method"; nullopt
// for one that has none, which is to be treated as kAdmin.
absl::optional<RpcGroup> GroupOfRpc(absl::string_view method);

}  // namespace localstore::server
