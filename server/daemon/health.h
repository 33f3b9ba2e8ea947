// What the health service says (grpc.health.v1).
#pragma once

#include <memory>

#include "grpcpp/health_check_service_interface.h"
#include "resolver/host_resolver.h"
#include "server/timer/timer.h"

namespace localstore::server {

// The server as a whole ("") is SERVING until it drains. The service
// localstore.v1.LocalDatastoreService is SERVING while, beside that, there is a
// bridge that can be asked.
//
// Thread-safe.
class Health {
 public:
  // `service` is that of a server that has started. All must outlive this.
  Health(grpc::HealthCheckServiceInterface* service,
         resolver::HostResolver* resolver, Timer* timer);
  ~Health();
  Health(const Health&) = delete;
  Health& operator=(const Health&) = delete;

  // NOT_SERVING from now on.
  void Drain();

  // Whether the service is SERVING.
  bool serving() const;

 private:
  class Bridges;

  const std::shared_ptr<Bridges> bridges_;
  resolver::HostResolver* const resolver_;
  resolver::HostResolver::OperationId watching_ = 0;
};

}  // namespace localstore::server
