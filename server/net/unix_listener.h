// Accepts at a Unix socket on gRPC's behalf, which does not tell who is there.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/server.h"
#include "server/net/peer_directory.h"
#include "server/net/unix_socket.h"

namespace localstore::server {

class UnixListener {
 public:
  // Hands each connection to `server` after its peer has been noted in `peers`;
  // both must outlive the listener. Errors: INTERNAL when the thread's means
  // cannot be had.
  static absl::StatusOr<std::unique_ptr<UnixListener>> Start(
      std::unique_ptr<UnixSocket> socket, grpc::Server* server,
      PeerDirectory* peers);

  // Accepts no more. Connections are gRPC's own.
  ~UnixListener();
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

 private:
  UnixListener(std::unique_ptr<UnixSocket> socket, int stop_event,
               grpc::Server* server, PeerDirectory* peers);

  void Run();
  void AcceptAll();

  const std::unique_ptr<UnixSocket> socket_;
  const int stop_event_;
  grpc::Server* const server_;
  PeerDirectory* const peers_;
  std::thread thread_;
};

}  // namespace localstore::server
