// Settings by name: how text becomes a field of Config.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "localstore/v1/config.pb.h"

namespace localstore::server {

// Names of the fields that a flag or a variable can set: all but messages
// other than durations.
std::vector<std::string> SettingNames();

// Sets the field `name` from text: a list is split at commas, a duration is
// "1.5s", "2m", ..., a truth value "true" or "false". An empty text is an empty
// list or an empty string. Errors: INVALID_REQUEST that says what is expected.
absl::Status SetFromText(absl::string_view name, absl::string_view text,
                         v1::Config& config);

// The name in `known` that is nearest to `name`, if it is near enough to be a
// typing error; else "".
std::string Nearest(absl::string_view name,
                    const std::vector<std::string>& known);

}  // namespace localstore::server
