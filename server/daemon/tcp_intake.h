// TCP connections on their way to gRPC.
#pragma once

#include "grpcpp/server_builder.h"
#include "server/net/connection_limit.h"

namespace localstore::server {

// Hands an accepted connection over, or closes it where its client or all
// together have as many as they may. What was sent to a peer that has not been
// heard of for so long is given up. Takes `descriptor`.
void TakeTcpConnection(
    int descriptor, int patience_milliseconds, ConnectionLimit& limit,
    grpc::experimental::ExternalConnectionAcceptor& acceptor);

}  // namespace localstore::server
