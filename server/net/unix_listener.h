// Accepts at a Unix socket on gRPC's behalf, which does not tell who is there.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "grpcpp/server.h"
#include "server/net/accept_loop.h"
#include "server/net/peer_directory.h"
#include "server/net/unix_socket.h"

namespace localstore::server {

class UnixListener {
 public:
  // Hands each connection to `server` after its peer has been noted in `peers`;
  // both must outlive the listener. Errors: those of AcceptLoop::Start.
  static absl::StatusOr<std::unique_ptr<UnixListener>> Start(
      std::unique_ptr<UnixSocket> socket, grpc::Server* server,
      PeerDirectory* peers);

  // Accepts no more once it is destroyed. Connections are gRPC's own.
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

 private:
  explicit UnixListener(std::unique_ptr<UnixSocket> socket);

  const std::unique_ptr<UnixSocket> socket_;
  std::unique_ptr<AcceptLoop> loop_;  // last: it uses the socket
};

}  // namespace localstore::server
