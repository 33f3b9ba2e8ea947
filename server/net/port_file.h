// Tells others where the server is reached.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace localstore::server {

// Writes the lines to a file that appears whole or not at all. Errors:
// INVALID_REQUEST at `port_file`.
absl::Status WritePortFile(const std::string& path,
                           const std::vector<std::string>& addresses);

}  // namespace localstore::server
