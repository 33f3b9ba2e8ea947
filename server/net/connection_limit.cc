#include "server/net/connection_limit.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

namespace localstore::server {
namespace {

// 0 for what is no open descriptor.
ino_t SocketOf(int descriptor) {
  struct stat file {};
  return fstat(descriptor, &file) == 0 ? file.st_ino : 0;
}

// False when the descriptor is that socket no more.
bool Hangup(int descriptor, ino_t socket) {
  // Its owner may close it at any moment, and the number be another's.
  const int held = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (held < 0) return false;
  const bool same = SocketOf(held) == socket;
  if (same) {
    shutdown(held, SHUT_RDWR);
    // What came before would still be read.
    char discarded[4096];
    while (recv(held, discarded, sizeof(discarded), MSG_DONTWAIT) > 0) {
    }
  }
  close(held);
  return same;
}

}  // namespace

void ConnectionLimit::SetLimit(int limit) {
  absl::MutexLock lock(&mutex_);
  limit_ = limit;
}

bool ConnectionLimit::Admit(int descriptor, const std::string& client) {
  const ino_t socket = SocketOf(descriptor);
  absl::MutexLock lock(&mutex_);
  if (IsBanished(client)) return false;
  // That number's last connection is gone, or it could not be had again.
  const auto before = by_descriptor_.find(descriptor);
  if (before != by_descriptor_.end()) Forget(before);
  if (!HasRoom(client)) ForgetClosed();
  if (!HasRoom(client)) return false;
  by_descriptor_[descriptor] = {socket, client};
  ++by_client_[client];
  return true;
}

int ConnectionLimit::Expel(const std::string& client) {
  absl::MutexLock lock(&mutex_);
  banished_[client] = timer_->Elapsed() + kBanishment;
  int expelled = 0;
  for (auto it = by_descriptor_.begin(); it != by_descriptor_.end();) {
    const auto connection = it++;
    if (connection->second.client != client) continue;
    if (Hangup(connection->first, connection->second.socket)) ++expelled;
    Forget(connection);
  }
  return expelled;
}

bool ConnectionLimit::IsBanished(const std::string& client) {
  const auto found = banished_.find(client);
  if (found == banished_.end()) return false;
  if (timer_->Elapsed() < found->second) return true;
  banished_.erase(found);
  return false;
}

bool ConnectionLimit::HasRoom(const std::string& client) const {
  const auto found = by_client_.find(client);
  const int held = found == by_client_.end() ? 0 : found->second;
  return static_cast<int>(by_descriptor_.size()) < limit_ &&
         held < std::max(limit_ - limit_ / 4, 1);
}

void ConnectionLimit::ForgetClosed() {
  for (auto it = by_descriptor_.begin(); it != by_descriptor_.end();) {
    const auto next = std::next(it);
    if (SocketOf(it->first) != it->second.socket) Forget(it);
    it = next;
  }
}

void ConnectionLimit::Forget(
    std::unordered_map<int, Connection>::iterator connection) {
  const auto held = by_client_.find(connection->second.client);
  if (--held->second == 0) by_client_.erase(held);
  by_descriptor_.erase(connection);
}

}  // namespace localstore::server
