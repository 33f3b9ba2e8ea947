#include "server/errors/grpc_status.h"

#include "google/rpc/status.pb.h"
#include "server/errors/wire_status.h"

namespace localstore::server {

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status wire = ToWireStatus(status);
  return grpc::Status(static_cast<grpc::StatusCode>(wire.code()),
                      wire.message(), wire.SerializeAsString());
}

}  // namespace localstore::server
