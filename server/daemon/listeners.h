// The gRPC server at its addresses.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "localstore/v1/config.pb.h"
#include "server/access/gate.h"
#include "server/access/reset_guard.h"
#include "server/net/acceptor.h"
#include "server/net/connection_limit.h"
#include "server/net/peer_directory.h"
#include "server/net/server_certificates.h"
#include "server/net/tcp_socket.h"
#include "server/net/unix_socket.h"
#include "server/rpc/health_service.h"
#include "server/rpc/reflection_service.h"
#include "server/timer/timer.h"

namespace localstore::server {

class Listeners {
 public:
  // Serves `service`, the health service and reflection at every address of the
  // configuration, or at none. The pointers must outlive it. Errors:
  // INVALID_REQUEST at `listen` that names the address; those of
  // ServerCertificates::Load and FindInheritedSockets.
  // `meter` counts the calls; nullptr: nobody does.
  using Meter = grpc::experimental::ServerInterceptorFactoryInterface;
  static absl::StatusOr<std::unique_ptr<Listeners>> Start(
      const v1::Config& config, grpc::Service* service, Gate* gate,
      PeerDirectory* peers, Timer* timer,
      std::unique_ptr<Meter> meter = nullptr);

  ~Listeners();
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  // As bound: with the port that was found free.
  const std::vector<std::string>& addresses() const { return addresses_; }
  grpc::HealthCheckServiceInterface* health() { return &health_; }

  // nullptr without TLS.
  const std::shared_ptr<ServerCertificates>& certificates() const {
    return certificates_;
  }

  grpc::Server* server() { return server_.get(); }

  // Takes over max_connections.
  void SetLimits(const v1::Config& config);

  // Takes no more calls, and cancels those that have not ended after `grace`.
  // Returns when none is left.
  void Shutdown(absl::Duration grace);

 private:
  using ExternalAcceptor = grpc::experimental::ExternalConnectionAcceptor;

  Listeners(Gate* gate, PeerDirectory* peers, Timer* timer);

  absl::Status Bind(const v1::Config& config);
  absl::Status Inherit(const std::string& name, bool clear_is_allowed);
  absl::Status Serve(const v1::Config& config, grpc::Service* service,
                     std::unique_ptr<Meter> meter);
  absl::Status Accept(const v1::Config& config);
  void TakeUnix(int descriptor);

  // In the order in which they need each other.
  PeerDirectory* const peers_;
  HealthService health_;
  ReflectionService reflection_;
  ConnectionLimit limit_;
  ResetGuard guard_;
  std::vector<std::string> addresses_;
  std::vector<std::unique_ptr<UnixSocket>> unix_sockets_;
  std::vector<std::unique_ptr<TcpSocket>> tcp_sockets_;
  std::shared_ptr<ServerCertificates> certificates_;
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  std::unique_ptr<ExternalAcceptor> external_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Acceptor> acceptor_;
};

}  // namespace localstore::server
