// How many connections there are, and whose.
#pragma once

#include <sys/types.h>

#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/timer/timer.h"

namespace localstore::server {

// Whoever has been given a connection closes it without a word, so that this
// looks which descriptors still are the sockets that they were. Thread-safe.
class ConnectionLimit {
 public:
  // One client may hold three quarters of them.
  // `timer` must outlive this.
  ConnectionLimit(int limit, const Timer* timer)
      : timer_(timer), limit_(limit) {}

  // Connections beyond a lower limit stay.
  void SetLimit(int limit) ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether `client` may have the connection, an open socket; notes it if so.
  bool Admit(int descriptor, const std::string& client)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends all connections of `client`, unread what it has sent, and admits none
  // of its for kBanishment. Returns how many there were.
  int Expel(const std::string& client) ABSL_LOCKS_EXCLUDED(mutex_);
  static constexpr absl::Duration kBanishment = absl::Seconds(10);

 private:
  struct Connection {
    ino_t socket = 0;
    std::string client;
  };

  bool IsBanished(const std::string& client)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasRoom(const std::string& client) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetClosed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(std::unordered_map<int, Connection>::iterator connection)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Timer* const timer_;
  absl::Mutex mutex_;
  int limit_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<int, Connection> by_descriptor_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, int> by_client_ ABSL_GUARDED_BY(mutex_);
  // Until when.
  std::unordered_map<std::string, absl::Duration> banished_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
