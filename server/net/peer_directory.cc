#include "server/net/peer_directory.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

namespace localstore::server {
namespace {

// Below are the descriptors of everything else.
constexpr int kLowest = 256;

// Enough for a number to rest; what is known of each stays until it is used
// again.
constexpr rlim_t kHighest = 16384;

int DescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, kHighest));
}

// Those that the peer had when it connected.
std::vector<gid_t> SupplementaryGroups(int descriptor) {
  std::vector<gid_t> groups(32);
  while (true) {
    auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    const int result =
        getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
    if (result != 0 && errno != ERANGE) return {};
    const size_t count = size / sizeof(gid_t);
    if (result != 0 && count <= groups.size()) return {};
    groups.resize(count);
    if (result == 0) return groups;
  }
}

std::string NameOf(int descriptor) { return absl::StrCat("fd:", descriptor); }

}  // namespace

int PeerDirectory::Enter(int descriptor) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  const bool known =
      getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0;
  std::vector<gid_t> groups = SupplementaryGroups(descriptor);
  absl::MutexLock lock(&mutex_);
  const int moved = MoveUp(descriptor);
  close(descriptor);
  if (moved < 0) return -1;
  by_name_.erase(NameOf(moved));
  if (known) {
    by_name_[NameOf(moved)] = {credentials.pid, credentials.uid,
                               credentials.gid, std::move(groups)};
  }
  return moved;
}

int PeerDirectory::MoveUp(int descriptor) {
  int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, std::max(next_, kLowest));
  if (moved < 0) moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  next_ = moved + 1 < DescriptorLimit() ? moved + 1 : kLowest;
  return moved;
}

absl::optional<PeerCredentials> PeerDirectory::Find(
    const std::string& peer) const {
  absl::MutexLock lock(&mutex_);
  const auto found = by_name_.find(peer);
  if (found == by_name_.end()) return absl::nullopt;
  return found->second;
}

std::string PeerDirectory::Name(const std::string& peer) const {
  const absl::optional<PeerCredentials> credentials = Find(peer);
  if (!credentials.has_value()) return peer;
  return absl::StrCat("unix:uid=", credentials->uid, ",pid=", credentials->pid);
}

}  // namespace localstore::server
