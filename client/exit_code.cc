#include "client/exit_code.h"

#include "absl/status/status.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

ExitCode ForGrpcCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return ExitCode::kOk;
    case absl::StatusCode::kCancelled:
      return ExitCode::kCancelled;
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kTimeout;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kUnavailable:
      return ExitCode::kServerUnavailable;
    case absl::StatusCode::kDataLoss:
      return ExitCode::kVerificationFailed;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kUnimplemented:
      return ExitCode::kRefused;
    default:
      return ExitCode::kFailed;
  }
}

// The datastore's own answer tells more than the gRPC code made of it.
ExitCode ForHttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kUnavailable:
      return ExitCode::kDatastoreUnavailable;
    default:
      return ExitCode::kRefused;
  }
}

}  // namespace

const std::vector<ExitCodeMeaning>& ExitCodeMeanings() {
  static const auto& meanings = *new std::vector<ExitCodeMeaning>{
      {ExitCode::kOk, "success"},
      {ExitCode::kFailed, "failed for a reason that has no code of its own"},
      {ExitCode::kUsage, "the command line is wrong"},
      {ExitCode::kServerUnavailable, "the server cannot be reached"},
      {ExitCode::kNotFound, "no such host, image or download"},
      {ExitCode::kVerificationFailed,
       "the image has another size or SHA-256 than asked for"},
      {ExitCode::kUntrusted, "the datastore's certificate is not trusted"},
      {ExitCode::kRefused, "the request was refused or is invalid"},
      {ExitCode::kCancelled, "the download was cancelled"},
      {ExitCode::kTimeout, "the time allowed has passed"},
      {ExitCode::kDatastoreUnavailable,
       "no bridge, or the datastore does not answer as it should"},
      {ExitCode::kNoSpace, "no room for the image, or it is too large"},
      {ExitCode::kUnhealthy, "doctor found something to change"},
      {ExitCode::kInterrupted, "interrupted by Ctrl-C"},
  };
  return meanings;
}

ExitCode ExitCodeFor(const google::rpc::Status& status) {
  const absl::Status error = FromRpcStatus(status);
  switch (ReasonOf(error)) {
    case v1::ERROR_REASON_SIZE_MISMATCH:
    case v1::ERROR_REASON_DIGEST_MISMATCH:
      return ExitCode::kVerificationFailed;
    case v1::ERROR_REASON_TLS_UNTRUSTED_CHAIN:
    case v1::ERROR_REASON_TLS_IDENTITY_MISMATCH:
    case v1::ERROR_REASON_TLS_EXPIRED:
    case v1::ERROR_REASON_TLS_FAILED:
      return ExitCode::kUntrusted;
    case v1::ERROR_REASON_NO_BRIDGE:
    case v1::ERROR_REASON_NO_USABLE_ADDRESS:
    case v1::ERROR_REASON_CONNECT_FAILED:
    case v1::ERROR_REASON_HTTP_PROTOCOL:
    case v1::ERROR_REASON_STALLED:
      return ExitCode::kDatastoreUnavailable;
    case v1::ERROR_REASON_HTTP_STATUS:
      return ForHttpStatus(error.code());
    case v1::ERROR_REASON_TOO_LARGE:
    case v1::ERROR_REASON_NO_SPACE:
      return ExitCode::kNoSpace;
    default:
      return ForGrpcCode(error.code());
  }
}

}  // namespace localstore::client
