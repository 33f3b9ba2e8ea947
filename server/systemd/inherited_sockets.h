// Sockets that systemd listens at on the server's behalf (sd_listen_fds(3)).
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace localstore::server {

struct InheritedSocket {
  int descriptor = -1;
  bool unix_domain = false;  // else TCP
  bool loopback = false;     // TCP that is reached from this host alone
  std::string address;       // "unix:/run/x.sock", "127.0.0.1:50051"
};

// The listening stream sockets that were passed under `name` (the socket unit's
// FileDescriptorName=), or all for "". They become non-blocking and closed on
// exec; who takes them closes them. Errors: INVALID_REQUEST at `listen` when
// none was passed, when it names those that were, and for one that does not
// listen or is neither a Unix nor a TCP socket.
absl::StatusOr<std::vector<InheritedSocket>> FindInheritedSockets(
    const std::string& name);

}  // namespace localstore::server
