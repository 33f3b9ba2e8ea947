// The users and groups of this host.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/types/optional.h"

namespace localstore::server {

// By name. nullopt when there is none of it.
absl::optional<uid_t> UserId(const std::string& name);
absl::optional<gid_t> GroupId(const std::string& name);

}  // namespace localstore::server
