#include "client/connection/rpc_error.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "client/render/terminal_text.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

// gRPC puts its own words, and the address once more, around what the system
// said: "...; last error: UNKNOWN: unix:/x: No such file or directory".
absl::string_view SystemMessage(absl::string_view message) {
  constexpr absl::string_view kMarker = "last error: ";
  const size_t marker = message.find(kMarker);
  if (marker == absl::string_view::npos) return message;
  message.remove_prefix(marker + kMarker.size());
  absl::ConsumePrefix(&message, "UNKNOWN: ");
  absl::ConsumePrefix(&message, "UNAVAILABLE: ");
  for (const absl::string_view scheme : {"unix:", "ipv4:", "ipv6:"}) {
    const size_t end = message.find(": ");
    if (absl::StartsWith(message, scheme) && end != absl::string_view::npos) {
      message.remove_prefix(end + 2);
    }
  }
  return message;
}

std::string Hint(absl::string_view message) {
  if (absl::StrContains(message, "Permission denied")) {
    return "your user may not open the socket; use sudo, or join the group "
           "that the socket belongs to";
  }
  if (absl::StrContains(message, "wrong version number")) {
    return "it does not speak TLS there; leave the --tls flags out";
  }
  if (absl::StrContains(message, "Peer name")) {
    return "if the server goes by another name in its certificate, say so with "
           "--tls_server_name";
  }
  if (absl::StrContains(message, "empty address list")) {
    return "the files of --tls_ca, --tls_certificate and --tls_key cannot be "
           "used, or do not fit each other";
  }
  if (absl::StrContains(message, "handshake") ||
      absl::StrContains(message, "CERTIFICATE")) {
    return "TLS with the server failed; look at --tls_ca, --tls_certificate, "
           "--tls_key and --tls_server_name";
  }
  if (absl::StrContains(message, "Socket closed") ||
      absl::StrContains(message, "Connection reset")) {
    return "if it was not restarted just now, it may want TLS (--tls_ca), or a "
           "certificate of yours (--tls_certificate and --tls_key)";
  }
  return "is localstored running there? --server or LOCALSTORE_SERVER says "
         "where it listens";
}

}  // namespace

google::rpc::Status ToRpcError(const grpc::Status& status,
                               const std::string& server) {
  google::rpc::Status error;
  const bool detailed = error.ParseFromString(status.error_details()) &&
                        error.details_size() > 0 &&
                        error.code() == status.error_code();
  if (detailed) return error;
  error.Clear();
  error.set_code(status.error_code());
  // gRPC lets any bytes through; a message of protobuf's does not.
  const std::string message = IsValidUtf8(status.error_message())
                                  ? status.error_message()
                                  : Escape(status.error_message());
  error.set_message(message);
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    error.set_message(absl::StrCat("cannot reach the server at ", server, ": ",
                                   SystemMessage(message), "; ",
                                   Hint(message)));
  }
  return error;
}

bool IsConnectionLoss(const google::rpc::Status& error) {
  const absl::Status status = FromRpcStatus(error);
  const v1::ErrorReason reason = ReasonOf(status);
  if (reason == v1::ERROR_REASON_SHUTTING_DOWN) return true;
  // A server that ends its process cancels what is still open; it gives no
  // reason for that, while a download that is cancelled has one.
  return reason == v1::ERROR_REASON_UNSPECIFIED &&
         (status.code() == absl::StatusCode::kUnavailable ||
          status.code() == absl::StatusCode::kCancelled);
}

}  // namespace localstore::client
