// What the operating system says about a file -> an error with its reason.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace localstore::fetcher {

// `error` is an errno. ENOSPC, EDQUOT: NO_SPACE; all else: STORAGE_FAILED.
// `doing` completes "cannot ..."; `path` is relative to the download directory.
absl::Status StorageError(absl::string_view doing, absl::string_view path,
                          int error);

}  // namespace localstore::fetcher
