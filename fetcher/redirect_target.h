// Where a redirect leads.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fetcher/datastore_url.h"

namespace localstore::fetcher {

// The URL that the Location header `location` of an answer from `base` means
// (RFC 3986, section 5.2; RFC 9110, section 10.2.2). A fragment is dropped.
//
// Errors: REDIRECT_REFUSED, saying why, when that is no DatastoreUrl (another
// host than one under `.local`, another scheme, user-info, ...) or leads from
// https to http. What `location` holds is quoted only so far as
// DatastoreUrl::Parse quotes; metadata `url` has the redacted base.
absl::StatusOr<DatastoreUrl> ResolveRedirect(const DatastoreUrl& base,
                                             absl::string_view location);

}  // namespace localstore::fetcher
