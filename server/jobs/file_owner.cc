#include "server/jobs/file_owner.h"

namespace localstore::server {
namespace {

bool Completed(const Job& job) { return job.ended() && job.outcome().ok(); }

}  // namespace

OwnedFiles FilesOf(const Job& job,
                   const std::map<uint64_t, std::shared_ptr<Job>>& jobs) {
  OwnedFiles owned{true, Completed(job)};
  for (auto it = jobs.upper_bound(job.sequence()); it != jobs.end(); ++it) {
    const Job& later = *it->second;
    if (later.order().fetch.destination != job.order().fetch.destination) {
      continue;
    }
    owned.unfinished = false;
    if (Completed(later)) owned.image = false;
  }
  return owned;
}

}  // namespace localstore::server
