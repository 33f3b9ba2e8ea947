// The health service at an address of its own.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/access/gate.h"
#include "server/access/reset_guard.h"
#include "server/net/acceptor.h"
#include "server/net/connection_limit.h"
#include "server/net/peer_directory.h"
#include "server/net/tcp_socket.h"
#include "server/rpc/health_service.h"
#include "server/rpc/reflection_service.h"
#include "server/timer/timer.h"

namespace localstore::server {

// A kubelet's gRPC probes come in clear, to the node's own address, where the
// service itself speaks TLS if it is there at all. What is set here is set at
// the service's own health service, too.
//
// Thread-safe.
class HealthListener : public grpc::HealthCheckServiceInterface {
 public:
  // Serves grpc.health.v1.Health, and reflection of it, at `address` (as of
  // health_listen). The pointers must outlive it. Errors: INVALID_REQUEST at
  // health_listen.
  static absl::StatusOr<std::unique_ptr<HealthListener>> Start(
      absl::string_view address, grpc::HealthCheckServiceInterface* primary,
      Timer* timer);

  ~HealthListener() override;
  HealthListener(const HealthListener&) = delete;
  HealthListener& operator=(const HealthListener&) = delete;

  // As bound: with the port that was found free.
  const std::string& address() const { return address_; }

  void SetServingStatus(const std::string& service, bool serving) override;
  void SetServingStatus(bool serving) override;
  void Shutdown() override;

 private:
  HealthListener(grpc::HealthCheckServiceInterface* primary, Timer* timer);

  absl::Status Serve();
  absl::Status Accept();

  grpc::HealthCheckServiceInterface* const primary_;
  const PeerDirectory nobody_;
  Gate gate_;
  HealthService service_;
  ReflectionService reflection_;
  ConnectionLimit limit_;
  ResetGuard guard_;
  std::string address_;
  // In the order in which they need each other.
  std::unique_ptr<TcpSocket> socket_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> external_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Acceptor> acceptor_;
};

}  // namespace localstore::server
