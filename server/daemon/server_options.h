// What bounds the gRPC server, from the configuration.
#pragma once

#include "grpcpp/server_builder.h"
#include "localstore/v1/config.pb.h"

namespace localstore::server {

// Each takes a configuration that has passed CheckConfig.

// Sizes, streams, keepalive, idleness and age of connections.
void ConfigureServer(const v1::Config& config, grpc::ServerBuilder& builder);

// max_connections, or what the limit on open files leaves room for if that is
// less, which is logged.
int MaxConnections(const v1::Config& config);

// For how long a peer may leave unacknowledged what was sent to it.
int KeepaliveTimeoutMilliseconds(const v1::Config& config);

}  // namespace localstore::server
