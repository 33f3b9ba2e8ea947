// Where the server is to be reached.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace localstore::server {

struct ListenAddress {
  enum class Kind { kUnix, kTcp, kSystemd };
  Kind kind = Kind::kTcp;
  std::string path;  // of a Unix socket, absolute
  std::string name;  // of sockets that systemd listens at; "": all of them
  std::string host;  // IP address, without brackets
  int port = 0;      // 0: any that is free
  bool loopback = false;

  // "unix:/run/x.sock", "127.0.0.1:50051", "[::1]:50051", "systemd:grpc".
  std::string ToString() const;
};

// "unix:/path" or "unix:///path", "address:port" with an IP address (IPv6 in
// brackets) or "localhost", which is 127.0.0.1, "systemd:NAME" for the sockets
// that systemd passes under that name (sd_listen_fds(3)), "systemd:" for all.
// Errors: INVALID_REQUEST at `field` that says what would be right.
absl::StatusOr<ListenAddress> ParseListenAddress(absl::string_view text,
                                                 absl::string_view field);

}  // namespace localstore::server
