#include "fetcher/http/retry_after.h"

#include <algorithm>
#include <ctime>
#include <string>

#include "absl/strings/numbers.h"
#include "curl/curl.h"

namespace localstore::fetcher {

absl::optional<absl::Time> ParseHttpDate(absl::string_view text) {
  const time_t seconds = curl_getdate(std::string(text).c_str(), nullptr);
  if (seconds == -1) return absl::nullopt;
  return absl::FromTimeT(seconds);
}

absl::optional<absl::Duration> ParseRetryAfter(absl::string_view text,
                                               absl::Time now) {
  int64_t seconds = 0;
  if (absl::SimpleAtoi(text, &seconds)) {
    if (seconds < 0) return absl::nullopt;
    return absl::Seconds(seconds);
  }
  const absl::optional<absl::Time> date = ParseHttpDate(text);
  if (!date.has_value()) return absl::nullopt;
  return std::max(*date - now, absl::ZeroDuration());
}

}  // namespace localstore::fetcher
