#include "protos/errors/reason_table.h"

namespace localstore {

using Code = absl::StatusCode;

const std::vector<ReasonFacts>& ReasonTable() {
  static const auto* const kTable = new std::vector<ReasonFacts>{
      {v1::ERROR_REASON_INVALID_REQUEST, Code::kInvalidArgument,
       "A field of the request, or of the configuration, is wrong.", "",
       "Correct what `BadRequest` lists: every field at fault, with what would "
       "be right."},
      {v1::ERROR_REASON_NO_BRIDGE, Code::kUnavailable,
       "There is no bridge that could be asked; FAILED_PRECONDITION where the "
       "kernel lacks what asking takes.",
       "bridges, bridge, step, errno",
       "Set a bridge up and give it an address, or see that `bridges` matches "
       "one."},
      {v1::ERROR_REASON_HOST_NOT_FOUND, Code::kNotFound,
       "No App on the bridges that were asked answers to the name.",
       "host, bridges",
       "Start the App and its mDNS responder; look at `localstorectl browse` "
       "and `doctor`."},
      {v1::ERROR_REASON_HOST_NOT_LOCAL, Code::kInvalidArgument,
       "The host is not a name under `.local`.", "host",
       "Use the App's `.local` name."},
      {v1::ERROR_REASON_NO_USABLE_ADDRESS, Code::kFailedPrecondition,
       "The name was answered, but with no address that can be reached from "
       "the bridge.",
       "host, bridges, addresses",
       "Give the App an address of the bridge's network."},
      {v1::ERROR_REASON_AMBIGUOUS_HOST, Code::kFailedPrecondition,
       "Several Apps answer to the name and nothing says which is meant: every "
       "one of them is tried in turn instead.",
       "", "Give each App a name of its own, or pin `bridges`.",
       /*sent=*/false},
      {v1::ERROR_REASON_CONNECT_FAILED, Code::kUnavailable,
       "No endpoint accepted a connection, or the connection broke.",
       "host, address, port, bridge, source_address, cause",
       "See that the App's web server runs and listens at that address and "
       "port."},
      {v1::ERROR_REASON_TLS_UNTRUSTED_CHAIN, Code::kFailedPrecondition,
       "The datastore's certificate does not lead to a trusted one.",
       "host, address, port, bridge, subject, names, detail",
       "Put the whole chain into `ca_certificates_pem`, or have the web server "
       "send its intermediates."},
      {v1::ERROR_REASON_TLS_IDENTITY_MISMATCH, Code::kFailedPrecondition,
       "The datastore's certificate is for other names or addresses.",
       "host, address, port, bridge, subject, names, detail",
       "Issue one whose subjectAltName holds the address, or set "
       "`tls_identity` to HOST_NAME."},
      {v1::ERROR_REASON_TLS_EXPIRED, Code::kFailedPrecondition,
       "A certificate of the datastore is outside its validity.",
       "host, address, port, bridge, subject, names, detail, not_before, "
       "not_after, now",
       "Renew it; look at the device's clock."},
      {v1::ERROR_REASON_TLS_FAILED, Code::kFailedPrecondition,
       "The TLS handshake failed for another reason.",
       "host, address, port, bridge, subject, names, detail",
       "Follow the message."},
      {v1::ERROR_REASON_HTTP_STATUS, Code::kFailedPrecondition,
       "The datastore answered with an HTTP status other than success: 404 and "
       "410 NOT_FOUND; 401, 403 and 407 PERMISSION_DENIED; 408, 425, 429 and "
       "5xx "
       "UNAVAILABLE; else FAILED_PRECONDITION.",
       "host, address, port, bridge, status, retry_after_seconds",
       "Look at the image's path, the `dpath` and the credentials."},
      {v1::ERROR_REASON_HTTP_PROTOCOL, Code::kUnavailable,
       "What the datastore sent is not valid HTTP, or not what was asked for.",
       "host, address, port, bridge, cause",
       "Look at the web server, and at what stands between."},
      {v1::ERROR_REASON_SIZE_MISMATCH, Code::kDataLoss,
       "The image has another size than asked for or announced.",
       "expected, actual", "Correct `size_bytes`, or the image."},
      {v1::ERROR_REASON_DIGEST_MISMATCH, Code::kDataLoss,
       "The image has another SHA-256 than asked for.", "expected, actual",
       "Correct `sha256`, or the image."},
      {v1::ERROR_REASON_TOO_LARGE, Code::kFailedPrecondition,
       "The image is larger than allowed.",
       "limit, actual, size_bytes, max_image_bytes",
       "Raise `max_size_bytes` or the server's `max_image_bytes`."},
      {v1::ERROR_REASON_NO_SPACE, Code::kResourceExhausted,
       "The disk has no room for the image, or for the server's own store.",
       "download_id, path, needed_bytes, free_bytes, announced_bytes, host, "
       "address, port, "
       "bridge",
       "Make room; `localstorectl remove --delete_file` does."},
      {v1::ERROR_REASON_STORAGE_FAILED, Code::kInternal,
       "The download directory or the state directory cannot be read or "
       "written.",
       "path, cause, store, download_id",
       "Look at the disk and at its permissions."},
      {v1::ERROR_REASON_STALLED, Code::kUnavailable,
       "The transfer stopped making progress.", "host, address, port, bridge",
       "Look at the App; `stall_timeout` and `min_bytes_per_second` are the "
       "limits."},
      {v1::ERROR_REASON_REDIRECT_REFUSED, Code::kFailedPrecondition,
       "The datastore redirects to where this service does not follow.", "url",
       "Give the URL that it redirects to, if that is a `.local` one."},
      {v1::ERROR_REASON_DESTINATION_INVALID, Code::kInvalidArgument,
       "The destination is not a file name beneath the download directory.",
       "destination",
       "Use a relative path of plain names; look for links and other things in "
       "its way."},
      {v1::ERROR_REASON_DESTINATION_EXISTS, Code::kAlreadyExists,
       "Another file is at the destination and `overwrite` is not set.",
       "destination", "Set `overwrite`, or choose another destination."},
      {v1::ERROR_REASON_CREDENTIALS_OVER_HTTP, Code::kInvalidArgument,
       "Credentials would cross the bridge in clear.", "host",
       "Use https, or set `allow_over_http`."},
      {v1::ERROR_REASON_DOWNLOAD_CONFLICT, Code::kAlreadyExists,
       "The download id, or the destination, belongs to a different request.",
       "download_id, destination",
       "Repeat the request that has the id, or choose another id or "
       "destination."},
      {v1::ERROR_REASON_QUEUE_FULL, Code::kResourceExhausted,
       "As many downloads wait as the server allows, all clients together or "
       "one of them; `limit` is the setting that says so.",
       "limit, active, waiting, client, downloads",
       "Try again after `RetryInfo`, or raise what `limit` names."},
      {v1::ERROR_REASON_DOWNLOAD_NOT_FOUND, Code::kNotFound,
       "There is no download with that id, or not any more.", "download_id",
       "Look at Status; those that ended are forgotten after a while."},
      {v1::ERROR_REASON_CANCELLED, Code::kCancelled, "It was cancelled.",
       "download_id", "Ask again to go on with it."},
      {v1::ERROR_REASON_DEADLINE_EXCEEDED, Code::kDeadlineExceeded,
       "The time that the caller allowed has passed.", "download_id",
       "Allow more time; the message has what took so long."},
      {v1::ERROR_REASON_SHUTTING_DOWN, Code::kUnavailable,
       "The server is shutting down.", "",
       "Ask again when it is back; downloads go on by themselves."},
      {v1::ERROR_REASON_NOT_SUPPORTED, Code::kUnimplemented,
       "This version of the server does not have what was asked for.", "",
       "Use a later version.", /*sent=*/false},
      {v1::ERROR_REASON_INTERNAL, Code::kInternal,
       "A fault of the server's own, or of the system beneath it.",
       "host, address, port, bridge, cause, errno, file",
       "Look at the log, and report it."},
      {v1::ERROR_REASON_DOWNLOAD_ACTIVE, Code::kFailedPrecondition,
       "The download has not ended.", "download_id", "Cancel it first."},
      {v1::ERROR_REASON_PERMISSION_DENIED, Code::kPermissionDenied,
       "The caller is not among those whom the configuration allows this.",
       "caller, group, method",
       "Have the caller's certificate or user named in the configuration."},
      {v1::ERROR_REASON_CREDENTIALS_NEEDED, Code::kFailedPrecondition,
       "The server was started again and does not have the credentials any "
       "more.",
       "download_id", "Repeat the request; the download goes on."},
      {v1::ERROR_REASON_TOO_MANY_CALLS, Code::kResourceExhausted,
       "The caller has as many calls under way as the server allows one "
       "client.",
       "limit", "End some, or try again after `RetryInfo`."},
  };
  return *kTable;
}

}  // namespace localstore
