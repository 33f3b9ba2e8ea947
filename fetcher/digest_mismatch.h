// The digest that an image has to have.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace localstore::fetcher {

// DIGEST_MISMATCH (metadata `expected`, `actual`): `what` ("the image") has
// another SHA-256 than it should; both in hex.
absl::Status DigestMismatch(absl::string_view what, absl::string_view actual,
                            absl::string_view expected);

}  // namespace localstore::fetcher
