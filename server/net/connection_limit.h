// How many connections there are, and whose.
#pragma once

#include <sys/types.h>

#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace localstore::server {

// Whoever has been given a connection closes it without a word, so that this
// looks which descriptors still are the sockets that they were. Thread-safe.
class ConnectionLimit {
 public:
  // One client may hold three quarters of them.
  explicit ConnectionLimit(int limit) : limit_(limit) {}

  // Connections beyond a lower limit stay.
  void SetLimit(int limit) ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether `client` may have the connection, an open socket; notes it if so.
  bool Admit(int descriptor, const std::string& client)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Connection {
    ino_t socket = 0;
    std::string client;
  };

  bool HasRoom(const std::string& client) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetClosed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(std::unordered_map<int, Connection>::iterator connection)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  int limit_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<int, Connection> by_descriptor_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, int> by_client_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
