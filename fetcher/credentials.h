// The Authorization header for a datastore (RFC 9110, section 11.6.2).
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fetcher/datastore_access.h"
#include "fetcher/datastore_url.h"

namespace localstore::fetcher {

// "<scheme> <value>", the header's value. `scheme` is a token; `value` is
// printable ASCII without a space at its ends, for Basic and Bearer a token68
// (RFC 9110, section 11.2). Both empty: "". Errors: INVALID_REQUEST at `field`
// + ".scheme" or ".value"; neither is ever quoted.
absl::StatusOr<std::string> MakeAuthorization(absl::string_view scheme,
                                              absl::string_view value,
                                              absl::string_view field);

// Whether what `access` holds may go with a request for `url`. Errors:
// CREDENTIALS_OVER_HTTP when there is an authorization, the URL is http and
// that is not allowed; INVALID_REQUEST when the header would not be one line of
// printable ASCII. Both with a violation at `field`.
absl::Status CheckCredentials(const DatastoreAccess& access,
                              const DatastoreUrl& url, absl::string_view field);

// What a request for `target` carries when `asked` is what the source named:
// the authorization for the same origin, "" for any other.
absl::string_view AuthorizationFor(const DatastoreAccess& access,
                                   const DatastoreUrl& asked,
                                   const DatastoreUrl& target);

}  // namespace localstore::fetcher
