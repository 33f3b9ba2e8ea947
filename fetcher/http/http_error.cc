#include "fetcher/http/http_error.h"

#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "fetcher/http/printable.h"
#include "fetcher/http/retry_after.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

enum class Failure { kConnect, kBroken, kProtocol, kOwn };

Failure Classify(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_INTERFACE_FAILED:
      return Failure::kConnect;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return Failure::kBroken;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_RANGE_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return Failure::kProtocol;
    default:
      return Failure::kOwn;
  }
}

absl::StatusCode CodeForHttpStatus(int status) {
  if (status == 404 || status == 410) return absl::StatusCode::kNotFound;
  if (status == 401 || status == 403 || status == 407) {
    return absl::StatusCode::kPermissionDenied;
  }
  if (status == 408 || status == 425 || status == 429 || status >= 500) {
    return absl::StatusCode::kUnavailable;
  }
  return absl::StatusCode::kFailedPrecondition;
}

absl::string_view Advice(int status) {
  switch (status) {
    case 401:
    case 403:
      return "; check the datastore's credentials and the App's access rules";
    case 404:
    case 410:
      return "; check the image's path and the datastore's dpath";
    default:
      return "";
  }
}

}  // namespace

absl::Status TransferError(CURLcode code, absl::string_view detail,
                           int os_error, const Peer& peer) {
  std::string cause = Printable(detail);
  if (cause.empty()) cause = curl_easy_strerror(code);
  if (os_error != 0) {
    cause = absl::StrCat(std::generic_category().message(os_error), " (", cause,
                         ")");
  }
  ErrorMetadata metadata = peer.Metadata();
  metadata.emplace_back("cause", cause);
  switch (Classify(code)) {
    case Failure::kConnect:
      return MakeError(
          v1::ERROR_REASON_CONNECT_FAILED,
          absl::StrCat("cannot connect to ", peer.Describe(), ": ", cause,
                       "; is the App's web server running and listening on "
                       "that address?"),
          metadata);
    case Failure::kBroken:
      return MakeError(v1::ERROR_REASON_CONNECT_FAILED,
                       absl::StrCat("the connection to ", peer.Describe(),
                                    " broke: ", cause),
                       metadata);
    case Failure::kProtocol:
      return MakeError(
          v1::ERROR_REASON_HTTP_PROTOCOL,
          absl::StrCat(peer.Describe(),
                       " does not speak HTTP as it should: ", cause),
          metadata);
    case Failure::kOwn:
      break;
  }
  return MakeError(
      v1::ERROR_REASON_INTERNAL,
      absl::StrCat("the transfer from ", peer.Describe(), " failed: ", cause),
      metadata);
}

absl::Status HttpStatusError(const ResponseHead& head, const Peer& peer,
                             absl::Time now) {
  const absl::StatusCode code = CodeForHttpStatus(head.status);
  ErrorMetadata metadata = peer.Metadata();
  metadata.emplace_back("status", absl::StrCat(head.status));
  absl::optional<absl::Duration> delay;
  if (code == absl::StatusCode::kUnavailable) {
    delay = ParseRetryAfter(head.Value("retry-after"), now);
  }
  if (delay.has_value()) {
    metadata.emplace_back(kRetryAfterKey,
                          absl::StrCat(absl::ToInt64Seconds(*delay)));
  }
  absl::Status status = MakeErrorWithCode(
      code, v1::ERROR_REASON_HTTP_STATUS,
      absl::StrCat(peer.Describe(), " answered with HTTP status ", head.status,
                   Advice(head.status)),
      metadata);
  if (delay.has_value()) SetRetryDelay(status, *delay);
  return status;
}

}  // namespace localstore::fetcher
