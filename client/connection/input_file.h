// Files that are read whole: certificates, keys, credentials.
#pragma once

#include <istream>
#include <string>

#include "absl/status/statusor.h"

namespace localstore::client {

// The content, at most 1 MiB. Errors: INVALID_ARGUMENT with the file's name and
// why; never with its content.
absl::StatusOr<std::string> ReadInputFile(const std::string& path);

// The same for a stream.
absl::StatusOr<std::string> ReadInput(std::istream& in,
                                      const std::string& name);

}  // namespace localstore::client
