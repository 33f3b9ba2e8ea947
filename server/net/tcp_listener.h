// Accepts at a TCP socket that somebody else opened, on gRPC's behalf.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "grpcpp/server_builder.h"
#include "server/net/accept_loop.h"

namespace localstore::server {

class TcpListener {
 public:
  using Acceptor = grpc::experimental::ExternalConnectionAcceptor;

  // Hands each connection to `acceptor`, whose server must have been started.
  // Takes `listening`, which is non-blocking. Errors: those of
  // AcceptLoop::Start.
  static absl::StatusOr<std::unique_ptr<TcpListener>> Start(
      int listening, std::unique_ptr<Acceptor> acceptor);

  // Accepts no more, and closes the socket.
  ~TcpListener();
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

 private:
  TcpListener(int listening, std::unique_ptr<Acceptor> acceptor);
  void Take(int connection);

  const int listening_;
  const std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<AcceptLoop> loop_;
};

}  // namespace localstore::server
