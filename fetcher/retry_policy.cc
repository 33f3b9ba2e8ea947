#include "fetcher/retry_policy.h"

#include <algorithm>
#include <string>

#include "absl/strings/numbers.h"
#include "fetcher/http/http_error.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {

RetryVerdict JudgeRetry(const absl::Status& error) {
  switch (ReasonOf(error)) {
    case v1::ERROR_REASON_NO_BRIDGE:
    case v1::ERROR_REASON_HOST_NOT_FOUND:
    case v1::ERROR_REASON_NO_USABLE_ADDRESS:
    case v1::ERROR_REASON_AMBIGUOUS_HOST:
    case v1::ERROR_REASON_CONNECT_FAILED:
    case v1::ERROR_REASON_STALLED:
      return RetryVerdict::kRetry;
    case v1::ERROR_REASON_HTTP_PROTOCOL:
      return RetryVerdict::kRetryOnce;
    case v1::ERROR_REASON_HTTP_STATUS:
      return absl::IsUnavailable(error) ? RetryVerdict::kRetry
                                        : RetryVerdict::kNextSource;
    case v1::ERROR_REASON_NO_SPACE:
      return IsAnnouncedNoSpace(error) ? RetryVerdict::kNextSource
                                       : RetryVerdict::kGiveUp;
    case v1::ERROR_REASON_STORAGE_FAILED:
    case v1::ERROR_REASON_DESTINATION_INVALID:
    case v1::ERROR_REASON_DESTINATION_EXISTS:
    case v1::ERROR_REASON_SHUTTING_DOWN:
    case v1::ERROR_REASON_INTERNAL:
      return RetryVerdict::kGiveUp;
    default:
      return RetryVerdict::kNextSource;
  }
}

bool IsAnnouncedNoSpace(const absl::Status& error) {
  return ReasonOf(error) == v1::ERROR_REASON_NO_SPACE &&
         !MetadataOf(error, kAnnouncedBytesKey).empty();
}

absl::Duration RequestedDelay(const absl::Status& error, absl::Duration limit) {
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(MetadataOf(error, kRetryAfterKey), &seconds)) {
    return absl::ZeroDuration();
  }
  return std::min(absl::Seconds(seconds), limit);
}

}  // namespace localstore::fetcher
