// How is the server that runs with this configuration?
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "localstore/v1/config.pb.h"

namespace localstore::server {

// Where the health of that server can be asked for in clear, as gRPC names it:
// its health_listen, else the first Unix socket or address in `listen`; for
// what systemd passes, the socket that localstored.socket has. Errors:
// INVALID_REQUEST when there is none.
absl::StatusOr<std::string> HealthAddress(const v1::Config& config);

// OK if that server as a whole says within `timeout` that it serves; else an
// error that says what came instead, and from where.
absl::Status ProbeHealth(const v1::Config& config, absl::Duration timeout);

}  // namespace localstore::server
