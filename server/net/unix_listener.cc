#include "server/net/unix_listener.h"

#include <utility>

#include "grpcpp/server_posix.h"
#include "server/logging/log.h"

namespace localstore::server {

absl::StatusOr<std::unique_ptr<UnixListener>> UnixListener::Start(
    std::unique_ptr<UnixSocket> socket, grpc::Server* server,
    PeerDirectory* peers) {
  std::unique_ptr<UnixListener> listener(new UnixListener(std::move(socket)));
  auto loop = AcceptLoop::Start(
      listener->socket_->descriptor(), [server, peers](int accepted) {
        const int connection = peers->Enter(accepted);
        if (connection < 0) {
          LogWarning("no descriptor is left for a connection");
          return;
        }
        grpc::AddInsecureChannelFromFd(server, connection);
      });
  if (!loop.ok()) return loop.status();
  listener->loop_ = *std::move(loop);
  return listener;
}

UnixListener::UnixListener(std::unique_ptr<UnixSocket> socket)
    : socket_(std::move(socket)) {}

}  // namespace localstore::server
