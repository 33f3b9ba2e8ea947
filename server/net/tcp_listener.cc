#include "server/net/tcp_listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace localstore::server {

absl::StatusOr<std::unique_ptr<TcpListener>> TcpListener::Start(
    int listening, std::unique_ptr<Acceptor> acceptor) {
  std::unique_ptr<TcpListener> listener(
      new TcpListener(listening, std::move(acceptor)));
  auto loop = AcceptLoop::Start(
      listening,
      [self = listener.get()](int connection) { self->Take(connection); });
  if (!loop.ok()) return loop.status();
  listener->loop_ = *std::move(loop);
  return listener;
}

TcpListener::TcpListener(int listening, std::unique_ptr<Acceptor> acceptor)
    : listening_(listening), acceptor_(std::move(acceptor)) {}

TcpListener::~TcpListener() {
  loop_.reset();
  close(listening_);
}

void TcpListener::Take(int connection) {
  // As gRPC does for the connections that it accepts itself: without it each
  // small message waits for the acknowledgement of the one before.
  const int on = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  Acceptor::NewConnectionParameters parameters;
  parameters.listener_fd = listening_;
  parameters.fd = connection;
  acceptor_->HandleNewConnection(&parameters);
}

}  // namespace localstore::server
