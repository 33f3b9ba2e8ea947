// Whose the files at a destination are.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "server/jobs/job.h"

namespace localstore::server {

struct OwnedFiles {
  bool unfinished = false;  // what there is to resume from
  bool image = false;
};

// What of the files at its destination an ended job of `jobs`, which are in the
// order they were asked for, has left there, and no later one. Thread-safe.
OwnedFiles FilesOf(const Job& job,
                   const std::map<uint64_t, std::shared_ptr<Job>>& jobs);

}  // namespace localstore::server
