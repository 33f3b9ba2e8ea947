// Requests that can never work.
#pragma once

#include "absl/status/status.h"
#include "fetcher/image_fetcher.h"

namespace localstore::fetcher {

// As ImageFetcher::Validate.
absl::Status CheckRequest(const FetchRequest& request, bool allow_system_roots);

}  // namespace localstore::fetcher
