#include "server/daemon/tcp_intake.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/net/peer_name.h"

namespace localstore::server {

void TakeTcpConnection(
    int descriptor, int patience_milliseconds, ConnectionLimit& limit,
    grpc::experimental::ExternalConnectionAcceptor& acceptor) {
  if (!limit.Admit(descriptor, PeerAddress(descriptor))) {
    close(descriptor);
    return;
  }
  const int yes = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  // Else it is repeated for a quarter of an hour (tcp(7)).
  setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_milliseconds,
             sizeof(patience_milliseconds));
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters
      connection;
  connection.fd = descriptor;
  acceptor.HandleNewConnection(&connection);
}

}  // namespace localstore::server
