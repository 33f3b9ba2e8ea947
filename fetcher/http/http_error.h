// How a transfer can fail -> an error with its reason.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "curl/curl.h"
#include "fetcher/http/peer.h"
#include "fetcher/http/response_head.h"

namespace localstore::fetcher {

// What libcurl ended with, TLS apart. `detail` is its own message, `os_error`
// the errno of the failed connect, or 0. CONNECT_FAILED when no connection
// came about or it broke; HTTP_PROTOCOL when what came was not valid HTTP;
// else INTERNAL.
absl::Status TransferError(CURLcode code, absl::string_view detail,
                           int os_error, const Peer& peer);

// Metadata of an HTTP_STATUS error that came with a Retry-After: seconds.
constexpr char kRetryAfterKey[] = "retry_after_seconds";

// HTTP_STATUS, for a status that is no success: NOT_FOUND for 404 and 410,
// PERMISSION_DENIED for 401, 403 and 407, UNAVAILABLE for 408, 425, 429 and
// 5xx, with Retry-After (RFC 9110, 10.2.3) as its RetryInfo, else
// FAILED_PRECONDITION. Metadata
// `status` and kRetryAfterKey. `now` is the wall clock.
absl::Status HttpStatusError(const ResponseHead& head, const Peer& peer,
                             absl::Time now);

}  // namespace localstore::fetcher
