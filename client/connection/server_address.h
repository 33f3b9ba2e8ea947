// Where the server listens.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace localstore::client {

constexpr char kDefaultServer[] = "unix:/run/localstore/localstore.sock";
constexpr int kDefaultPort = 50051;

struct ServerAddress {
  std::string target;  // for gRPC
  // A Unix socket or loopback: what is sent there does not leave the device.
  bool is_local = false;
};

// "unix:PATH", an absolute path, "HOST", "HOST:PORT", "[IPV6]:PORT". Errors:
// INVALID_ARGUMENT with what would be right.
absl::StatusOr<ServerAddress> ParseServerAddress(absl::string_view text);

}  // namespace localstore::client
