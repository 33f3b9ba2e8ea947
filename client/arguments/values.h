// The values that flags take, as people write them.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace localstore::client {

// "30s", "1m30s", "250ms", "2h"; a bare number is seconds. Not negative, not
// infinite. Errors: INVALID_ARGUMENT with what would be right.
absl::StatusOr<absl::Duration> ParseDurationValue(absl::string_view text);

// "4096", "10K", "1.5G", "10MiB" (powers of 1024), "10MB" (powers of 1000), in
// any case. From 0 to 2^63-1. Errors: INVALID_ARGUMENT.
absl::StatusOr<int64_t> ParseByteCount(absl::string_view text);

// The same, for a rate: "10M" or "10M/s".
absl::StatusOr<int64_t> ParseByteRate(absl::string_view text);

// "true", "false", "yes", "no", "1", "0". Errors: INVALID_ARGUMENT.
absl::StatusOr<bool> ParseSwitch(absl::string_view text);

}  // namespace localstore::client
