// Server reflection (grpc.reflection.v1alpha): what the services look like.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"
#include "server/access/gate.h"

namespace localstore::server {

// The answer to one question about what is in `pool`; `services` is what
// list_services names.
grpc::reflection::v1alpha::ServerReflectionResponse AnswerReflection(
    const grpc::reflection::v1alpha::ServerReflectionRequest& request,
    const std::vector<std::string>& services,
    const google::protobuf::DescriptorPool& pool);

// In place of gRPC's own, which asks nobody whether the caller may, and has a
// thread for each call. Thread-safe.
class ReflectionService final
    : public grpc::reflection::v1alpha::ServerReflection::CallbackService {
 public:
  // Must outlive the gRPC server that it is registered at; `gate` must outlive
  // both.
  ReflectionService(std::vector<std::string> services, Gate* gate);

  grpc::ServerBidiReactor<grpc::reflection::v1alpha::ServerReflectionRequest,
                          grpc::reflection::v1alpha::ServerReflectionResponse>*
  ServerReflectionInfo(grpc::CallbackServerContext* context) override;

 private:
  const std::vector<std::string> services_;
  Gate* const gate_;
};

}  // namespace localstore::server
