// Who makes a gRPC call.
#pragma once

#include "grpcpp/server_context.h"
#include "server/access/caller.h"
#include "server/net/peer_directory.h"

namespace localstore::server {

// From the connection alone: nothing that the caller says of itself counts.
Caller CallerOf(const grpc::CallbackServerContext& context,
                const PeerDirectory& peers);

}  // namespace localstore::server
