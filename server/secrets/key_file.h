// The key of the secrets at rest.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/secrets/secret_box.h"

namespace localstore::server {

// The key in the file, which is made of random bytes where it is missing. It
// must be of exactly kKeyBytes, and neither readable nor writable for anybody
// but its owner. Errors: INVALID_REQUEST at `credential_key_file`.
absl::StatusOr<SecretBox::Key> LoadOrMakeKey(const std::string& path);

}  // namespace localstore::server
