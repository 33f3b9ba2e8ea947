// What systemd is to a service: a datagram socket named by NOTIFY_SOCKET.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace localstore::server {

class FakeNotifySocket {
 public:
  // Sets NOTIFY_SOCKET, for this process.
  FakeNotifySocket();
  // Takes it back.
  ~FakeNotifySocket();
  FakeNotifySocket(const FakeNotifySocket&) = delete;
  FakeNotifySocket& operator=(const FakeNotifySocket&) = delete;

  // The next message, or "" if none comes meanwhile.
  std::string Receive(absl::Duration wait = absl::Seconds(30));

 private:
  int descriptor_;
};

}  // namespace localstore::server
