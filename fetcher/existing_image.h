// Whether the image that is wanted is there already.
#pragma once

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "fetcher/cancellation.h"
#include "fetcher/image_fetcher.h"

namespace localstore::fetcher {

// Reads and hashes `file`, if its size fits. A result when it is the image that
// `request` asks for, which takes a digest to tell; none when it is another.
// Errors: STORAGE_FAILED; the status of `cancellation`.
absl::StatusOr<absl::optional<FetchResult>> MatchExistingImage(
    int file, const FetchRequest& request, const Cancellation& cancellation);

}  // namespace localstore::fetcher
