// The way to the server.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/arguments/arguments.h"
#include "grpcpp/channel.h"

namespace localstore::client {

struct Connection {
  std::shared_ptr<grpc::Channel> channel;
  std::string server;  // for messages
  // Whether nobody between here and the server can read along.
  bool is_private = false;
};

// By --server, else `default_server`, and the --tls flags. Does not connect
// yet. Errors: INVALID_ARGUMENT with what to change.
absl::StatusOr<Connection> OpenConnection(const Arguments& arguments,
                                          const std::string& default_server);

}  // namespace localstore::client
