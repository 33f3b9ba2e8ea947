// The gRPC server at its addresses.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "localstore/v1/config.pb.h"
#include "server/net/peer_directory.h"
#include "server/net/tcp_listener.h"
#include "server/net/unix_listener.h"

namespace localstore::server {

class Listeners {
 public:
  // Serves `service`, gRPC's health service and reflection at every address of
  // the configuration, or at none. `service` and `peers` must outlive it.
  // Errors: INVALID_REQUEST at `listen` that names the address; those of
  // MakeTlsCredentials and FindInheritedSockets.
  static absl::StatusOr<std::unique_ptr<Listeners>> Start(
      const v1::Config& config, grpc::Service* service, PeerDirectory* peers);

  ~Listeners();
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  // As bound: with the port that was found free.
  const std::vector<std::string>& addresses() const { return addresses_; }
  grpc::HealthCheckServiceInterface* health() {
    return server_->GetHealthCheckService();
  }

  grpc::Server* server() { return server_.get(); }

  // Takes no more calls, and cancels those that have not ended after `grace`.
  // Returns when none is left.
  void Shutdown(absl::Duration grace);

 private:
  Listeners() = default;

  std::unique_ptr<grpc::Server> server_;
  std::vector<std::unique_ptr<UnixListener>> unix_listeners_;
  std::vector<std::unique_ptr<TcpListener>> tcp_listeners_;  // inherited
  std::vector<std::string> addresses_;
};

}  // namespace localstore::server
