// Errors with reasons.
//
// Every module returns absl::Status; this is how a reason travels with it. The
// details are the google.rpc messages that gRPC clients know, carried as
// payloads of the status under "type.googleapis.com/<message>", so that the
// service only has to copy them out. All functions are thread-safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "localstore/v1/error_reason.pb.h"

namespace localstore {

// Keys are lower_snake_case and hold the variable parts of the message.
using ErrorMetadata = std::vector<std::pair<std::string, std::string>>;

// ErrorInfo.domain of every error made here.
constexpr char kErrorDomain[] = "localstore";

// "HOST_NOT_FOUND" for ERROR_REASON_HOST_NOT_FOUND.
std::string ReasonName(v1::ErrorReason reason);

// The code that goes with a reason. For ERROR_REASON_HTTP_STATUS, whose code
// depends on the HTTP status, this is kFailedPrecondition; use
// MakeErrorWithCode.
absl::StatusCode CodeForReason(v1::ErrorReason reason);

// A status with CodeForReason(reason), the message and one ErrorInfo. Codes
// UNAVAILABLE and RESOURCE_EXHAUSTED also get a RetryInfo (see SetRetryDelay),
// of one second until something better is known.
absl::Status MakeError(v1::ErrorReason reason, absl::string_view message,
                       const ErrorMetadata& metadata = {});
absl::Status MakeErrorWithCode(absl::StatusCode code, v1::ErrorReason reason,
                               absl::string_view message,
                               const ErrorMetadata& metadata = {});

// INVALID_ARGUMENT with one ErrorInfo of `reason` and a BadRequest that lists
// every violation. `violations` must not be empty; the message quotes them all.
struct FieldViolation {
  std::string field;        // path: "datastores[0].fqdn"
  std::string description;  // what is wrong and what would be right
};
absl::Status MakeBadRequest(
    const std::vector<FieldViolation>& violations,
    v1::ErrorReason reason = v1::ERROR_REASON_INVALID_REQUEST,
    const ErrorMetadata& metadata = {});

// Replaces the RetryInfo. No effect on an OK status.
void SetRetryDelay(absl::Status& status, absl::Duration delay);

// The reason of a status made above; ERROR_REASON_UNSPECIFIED for any other.
v1::ErrorReason ReasonOf(const absl::Status& status);

// The value under `key` in ErrorInfo.metadata; "" when there is none.
std::string MetadataOf(const absl::Status& status, absl::string_view key);

// `status` as the server sends it: a status without a reason gets one that goes
// with its code (CANCELLED, DEADLINE_EXCEEDED, else INTERNAL), so that every
// error has exactly one ErrorInfo.
google::rpc::Status ToRpcStatus(const absl::Status& status);

// The inverse, for clients and for what is stored.
absl::Status FromRpcStatus(const google::rpc::Status& status);

}  // namespace localstore
