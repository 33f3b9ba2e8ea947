// Whether to try again.
#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace localstore::fetcher {

enum class RetryVerdict {
  kRetry,       // may pass: the same source again, later
  kRetryOnce,   // hardly will, but for once more
  kNextSource,  // will not pass at this source
  kGiveUp,      // the cause is on this side: no source would help
};

// For the error of an attempt; not for a cancellation.
//
// kRetry: host not found, no bridge, no usable or an ambiguous address, no
// connection or a broken one, a stall, HTTP 408, 425, 429, 5xx. kRetryOnce:
// invalid or unusable HTTP. kGiveUp: no space, storage, an invalid or taken
// destination, internal. All else (other HTTP statuses, TLS, digest, size,
// redirect, no space for what this datastore announced): kNextSource.
RetryVerdict JudgeRetry(const absl::Status& error);

// Metadata of a NO_SPACE error: what the datastore announced.
constexpr char kAnnouncedBytesKey[] = "announced_bytes";

// Whether `error` is a NO_SPACE for what a datastore announced. It may announce
// anything, and the next one something else.
bool IsAnnouncedNoSpace(const absl::Status& error);

// How long the datastore asked to wait, 0 unless it did. At most `limit`.
absl::Duration RequestedDelay(const absl::Status& error, absl::Duration limit);

}  // namespace localstore::fetcher
