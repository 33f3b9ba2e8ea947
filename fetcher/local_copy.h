// An image that another download has brought to the download directory.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "fetcher/cancellation.h"
#include "fetcher/image_fetcher.h"
#include "fetcher/storage/download_directory.h"
#include "fetcher/storage/partial_file.h"

namespace localstore::fetcher {

// Makes the content of `to` that of the first of the request's local copies
// that has the digest asked for, by a shared copy where the file system can do
// that. What is hashed is what `to` holds afterwards; syncing and committing it
// is left to the caller. None when there is no such copy; `to` is empty then,
// if it was touched at all. Errors: the status of `cancellation`;
// STORAGE_FAILED and NO_SPACE of `to`.
absl::StatusOr<absl::optional<FetchResult>> CopyLocalImage(
    const DownloadDirectory& directory, const FetchRequest& request,
    const Cancellation& cancellation, PartialFile& to);

}  // namespace localstore::fetcher
