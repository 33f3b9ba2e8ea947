// Whose the files at a destination are.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/container/btree_map.h"
#include "server/jobs/job.h"

namespace localstore::server {

// In the order in which they were asked for.
using JobsBySequence = absl::btree_map<uint64_t, std::shared_ptr<Job>>;

struct OwnedFiles {
  bool unfinished = false;  // what there is to resume from
  bool image = false;
};

// What of the files at its destination an ended job has left there, and no
// later one. `there` are all jobs with that destination. Thread-safe.
OwnedFiles FilesOf(const Job& job, const JobsBySequence& there);

// Whether one of the jobs with a destination could go on with what is
// unfinished there. Thread-safe.
bool CanGoOn(const JobsBySequence& there);

}  // namespace localstore::server
