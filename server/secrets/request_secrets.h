// What is secret in a download request.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::server {

// Takes the credentials' values, the clients' keys and what the query of its
// URL or image holds out of `request`; "" when it has none. What is returned is
// secret.
std::string TakeSecrets(v1::DownloadRequest& request);

// Puts back what TakeSecrets took. Errors: INTERNAL when it was not taken from
// this request.
absl::Status PutSecrets(const std::string& bytes, v1::DownloadRequest& request);

}  // namespace localstore::server
