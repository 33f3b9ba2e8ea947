// Dates in header fields, and Retry-After (RFC 9110, sections 5.6.7, 10.2.3).
#pragma once

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace localstore::fetcher {

// IMF-fixdate and the two obsolete forms; none when it is none of them.
absl::optional<absl::Time> ParseHttpDate(absl::string_view text);

// A number of seconds, or a date, then seen from `now`; a past date is no wait.
absl::optional<absl::Duration> ParseRetryAfter(absl::string_view text,
                                               absl::Time now);

}  // namespace localstore::fetcher
