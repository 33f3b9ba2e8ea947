// Who is at the other end of each connection to a Unix socket.
#pragma once

#include <sys/types.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"

namespace localstore::server {

struct PeerCredentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // the supplementary ones
};

// gRPC knows a connection that it was given only as "fd:<number>". Thread-safe.
class PeerDirectory {
 public:
  // Moves a connection to a descriptor that has not been used for long, so that
  // a late call of a connection that is gone is not taken for one of the
  // connection that got its number; notes who is there. Takes `descriptor`;
  // returns the new one, -1 when the process has none left.
  int Enter(int descriptor) ABSL_LOCKS_EXCLUDED(mutex_);

  // `peer` as ServerContext::peer() has it.
  absl::optional<PeerCredentials> Find(const std::string& peer) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // For logs: "unix:uid=0,pid=12" for who is known, else `peer` itself.
  std::string Name(const std::string& peer) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  int MoveUp(int descriptor) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  int next_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unordered_map<std::string, PeerCredentials> by_name_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
