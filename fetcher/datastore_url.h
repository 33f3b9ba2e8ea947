// The URL of an image on a local datastore (RFC 3986): parsed, joined, and
// rewritten to an address.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace localstore::fetcher {

constexpr size_t kMaxUrlBytes = 8192;

// An absolute http or https URL whose host is a name under `.local`. Value
// type.
//
// Path and query are kept byte for byte, escapes included: a signature in the
// query stays valid. Refused everywhere, because servers and clients differ in
// what they make of it: user-info, fragments, bytes that RFC 3986 does not
// allow (control characters, space, non-ASCII, "\", ...), a "%" that begins no
// escape, and "." or ".." as a path segment, escaped or not.
class DatastoreUrl {
 public:
  // What Join puts together, and the names of the fields for its errors.
  struct Parts {
    absl::string_view fqdn;   // "[http[s]://]store.local[:port][/]"
    absl::string_view dpath;  // path, or ""
    absl::string_view image;  // path[?query]
    absl::string_view fqdn_field = "fqdn";
    absl::string_view dpath_field = "dpath";
    absl::string_view image_field = "image";
  };

  // Scheme and host in any case, one final dot after the host allowed, port 1
  // to 65535 or none. At most kMaxUrlBytes.
  //
  // Errors: BadRequest on `field`: HOST_NOT_LOCAL when the host is an address
  // or no name under `.local`, else INVALID_REQUEST. The text is not quoted,
  // but for a host that was refused: it may hold a secret.
  static absl::StatusOr<DatastoreUrl> Parse(absl::string_view text,
                                            absl::string_view field);

  // Where a datastore is: host with or without scheme (none: http) and port.
  // The path of the result is "/". Errors as for Parse; a path or a query is
  // INVALID_REQUEST, too.
  static absl::StatusOr<DatastoreUrl> ParseFqdn(absl::string_view fqdn,
                                                absl::string_view field);

  // <fqdn>/<dpath>/<image>, with one slash between the parts whatever they
  // begin and end with. Errors as for Parse, with every violation of every
  // part.
  static absl::StatusOr<DatastoreUrl> Join(const Parts& parts);

  bool is_https() const { return https_; }
  absl::string_view scheme() const { return https_ ? "https" : "http"; }
  const std::string& host() const { return host_; }  // lower-case, no final dot
  int named_port() const { return port_; }           // 0: the URL names none
  // The port that the URL names; else `service_port`, unless that is 0; else
  // 80 or 443.
  int PortOr(int service_port) const;
  const std::string& path() const { return path_; }  // begins with "/"
  const absl::optional<std::string>& query() const { return query_; }
  // Path and query, as the request line carries them (RFC 9112, 3.2.1).
  std::string RequestTarget() const;

  // Scheme and host in lower case, all else as it was given.
  std::string ToString() const;
  // For logs: ToString with each value in the query replaced by "***".
  std::string Redacted() const;

  // ToString with `address` in place of the host, an IPv6 one in brackets and
  // without its zone. The port is shown when the URL names one or `port` is
  // not the scheme's own. Errors: INTERNAL when `address` is no IP address or
  // `port` none of 1 to 65535.
  absl::StatusOr<std::string> WithAddress(absl::string_view address,
                                          int port) const;

  // The last segment of the path, decoded: where an image goes when nothing
  // says so. Errors: DESTINATION_INVALID with a BadRequest on `destination`
  // when that is no plain file name (empty, a slash or control byte in it, not
  // UTF-8, over 255 bytes).
  absl::StatusOr<std::string> FileName() const;

  // Same scheme, host and port: credentials for one are good for the other.
  friend bool SameOrigin(const DatastoreUrl& a, const DatastoreUrl& b);

  friend bool operator==(const DatastoreUrl& a, const DatastoreUrl& b);
  friend bool operator!=(const DatastoreUrl& a, const DatastoreUrl& b) {
    return !(a == b);
  }

 private:
  DatastoreUrl() = default;

  std::string Compose(absl::string_view host, int port,
                      absl::string_view target) const;

  friend class DatastoreUrlParser;

  bool https_ = false;
  std::string host_;
  int port_ = 0;
  std::string path_ = "/";
  absl::optional<std::string> query_;
};

}  // namespace localstore::fetcher
