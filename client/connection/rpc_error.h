// Errors of calls to the server.
#pragma once

#include <string>

#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"

namespace localstore::client {

// The error with its details. Where the server itself could not be reached, the
// message says so, and what to look at; `server` is its address.
google::rpc::Status ToRpcError(const grpc::Status& status,
                               const std::string& server);

// Whether the connection, not the call, is what failed: the error carries none
// of the server's reasons, or says that the server is going.
bool IsConnectionLoss(const google::rpc::Status& error);

}  // namespace localstore::client
