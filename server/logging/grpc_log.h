// What gRPC logs, in the server's log.
#pragma once

namespace localstore::server {

// From now on, one event a line like all others. Once, before gRPC is used.
void TakeOverGrpcLog();

}  // namespace localstore::server
