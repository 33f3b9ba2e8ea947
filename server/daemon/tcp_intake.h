// Connections on their way to gRPC, and out again.
#pragma once

#include <string>

#include "grpcpp/server_builder.h"
#include "server/net/connection_limit.h"
#include "server/net/peer_directory.h"
#include "server/timer/timer.h"

namespace localstore::server {

// Hands an accepted connection over, or closes it where its client or all
// together have as many as they may. What was sent to a peer that has not been
// heard of for so long is given up. Takes `descriptor`.
void TakeTcpConnection(
    int descriptor, int patience_milliseconds, ConnectionLimit& limit,
    grpc::experimental::ExternalConnectionAcceptor& acceptor);

// Whose a connection is that gRPC calls `peer`, as ConnectionLimit counts them:
// a user at a Unix socket, or an IP address.
std::string ConnectionClient(const std::string& peer,
                             const PeerDirectory* peers);

// Ends the connections of a client that floods the server with calls, and gives
// back what they took when that is over. `timer` must outlive the process's
// calls.
void ExpelClient(const std::string& client, ConnectionLimit& limit,
                 Timer* timer);

}  // namespace localstore::server
