// What the doctor is asked about.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace localstore::client {

struct DoctorTarget {
  std::string host;    // as given, without a final dot
  std::string scheme;  // "http", "https", or "" where that is open
  int port = 0;        // 0: by what is advertised, else the scheme's own
};

// "store.local", "store.local:8080" or a URL, of which the path does not count.
// Errors: INVALID_ARGUMENT.
absl::StatusOr<DoctorTarget> ParseDoctorTarget(absl::string_view text);

}  // namespace localstore::client
