// What unfinished downloads have left in the download directory.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace localstore::server {

struct UnfinishedFiles {
  // Relative to the directory; beside each there is an unfinished file, its
  // record, or both.
  std::vector<std::string> destinations;
  bool complete = true;  // false: there was more to look at
};

// Those in the directory `path` and beneath it whose files have not changed
// since `before` and are not used by another process. Links are not followed,
// and where one of the files is anything but a plain file it is left out. Looks
// at no more than `max_names` names. Errors: STORAGE_FAILED when the directory
// cannot be read; what cannot be read beneath it is left out.
absl::StatusOr<UnfinishedFiles> FindUnfinishedFiles(const std::string& path,
                                                    absl::Time before,
                                                    size_t max_names);

}  // namespace localstore::server
