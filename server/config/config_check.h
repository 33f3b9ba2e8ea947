// Does a configuration make sense?
#pragma once

#include "absl/status/status.h"
#include "localstore/v1/config.pb.h"

namespace localstore::server {

// Each value alone and all together; defaults must be filled in. Errors:
// INVALID_REQUEST with all violations.
absl::Status CheckConfig(const v1::Config& config);

}  // namespace localstore::server
