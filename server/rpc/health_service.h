// The standard health service (grpc.health.v1).
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/health_check_service_interface.h"
#include "server/access/gate.h"

namespace localstore::server {

// In place of gRPC's own, whose calls nothing bounds. The service "" is SERVING
// from the start, as there. Thread-safe.
class HealthService final : public grpc::HealthCheckServiceInterface,
                            public grpc::health::v1::Health::CallbackService {
 public:
  // Must outlive the gRPC server that it is registered at; `gate` must outlive
  // both.
  explicit HealthService(Gate* gate);

  void SetServingStatus(const std::string& service, bool serving) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Of all services that are known.
  void SetServingStatus(bool serving) override ABSL_LOCKS_EXCLUDED(mutex_);

  // NOT_SERVING for ever; each Watch ends with UNAVAILABLE once it has told so.
  void Shutdown() override ABSL_LOCKS_EXCLUDED(mutex_);

  grpc::ServerUnaryReactor* Check(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request,
      grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  class UnaryCall;
  class Watcher;

  using ServingStatus = grpc::health::v1::HealthCheckResponse::ServingStatus;

  absl::optional<ServingStatus> Find(const std::string& service)
      ABSL_LOCKS_EXCLUDED(mutex_);
  bool ended() ABSL_LOCKS_EXCLUDED(mutex_);
  void Tell() ABSL_LOCKS_EXCLUDED(mutex_);

  Gate* const gate_;
  absl::Mutex mutex_;
  std::map<std::string, ServingStatus> statuses_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::list<std::weak_ptr<Watcher>> watchers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
