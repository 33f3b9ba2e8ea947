// The configuration file.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "localstore/v1/config.pb.h"

namespace localstore::server {

// JSON when the first character that is no space is "{", else Protobuf text.
// Errors: INVALID_REQUEST with `name`, line and column, what is wrong there,
// and for a key that is unknown the one that may be meant. A secret is never
// quoted.
absl::StatusOr<v1::Config> ParseConfig(absl::string_view text,
                                       absl::string_view name);

// Errors: as ParseConfig; INVALID_REQUEST when the file cannot be read.
absl::StatusOr<v1::Config> ReadConfigFile(const std::string& path);

}  // namespace localstore::server
