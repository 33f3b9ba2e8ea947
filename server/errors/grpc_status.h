// A status as gRPC sends it.
#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace localstore::server {

// ToWireStatus(status), with the whole google.rpc.Status in the trailer
// grpc-status-details-bin, where gRPC's rich error model looks for it.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace localstore::server
