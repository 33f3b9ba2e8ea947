#include "server/jobs/file_owner.h"

namespace localstore::server {

OwnedFiles FilesOf(const Job& job, const JobsBySequence& there) {
  OwnedFiles owned{true, job.completed()};
  for (auto it = there.upper_bound(job.sequence()); it != there.end(); ++it) {
    owned.unfinished = false;
    if (it->second->completed()) owned.image = false;
  }
  return owned;
}

bool CanGoOn(const JobsBySequence& there) {
  return !there.empty() && !there.rbegin()->second->completed();
}

}  // namespace localstore::server
