#include "server/daemon/tcp_intake.h"

#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

#include "absl/strings/str_cat.h"
#include "server/logging/log.h"
#include "server/net/peer_name.h"

namespace localstore::server {
namespace {

constexpr int kReceiveBytes = 32 << 10;

}  // namespace

void TakeTcpConnection(
    int descriptor, int patience_milliseconds, ConnectionLimit& limit,
    grpc::experimental::ExternalConnectionAcceptor& acceptor) {
  if (!limit.Admit(descriptor, PeerAddress(descriptor))) {
    close(descriptor);
    return;
  }
  const int yes = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  // Requests are small; what waits here is what gRPC takes in at once.
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &kReceiveBytes,
             sizeof(kReceiveBytes));
  // Else it is repeated for a quarter of an hour (tcp(7)).
  setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_milliseconds,
             sizeof(patience_milliseconds));
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters
      connection;
  connection.fd = descriptor;
  acceptor.HandleNewConnection(&connection);
}

std::string ConnectionClient(const std::string& peer,
                             const PeerDirectory* peers) {
  const auto user = peers->Find(peer);
  if (user.has_value()) return absl::StrCat("uid:", user->uid);
  return AddressOfPeer(peer);
}

void ExpelClient(const std::string& client, ConnectionLimit& limit,
                 Timer* timer) {
  const int connections = limit.Expel(client);
  // malloc keeps what such calls have taken. They come to their end one by one,
  // which may take longer than this: then there is a next time. What there is
  // is given back before the client may come again.
  static std::atomic<bool> about_to_trim{false};
  if (!about_to_trim.exchange(true)) {
    timer->CallAfter(ConnectionLimit::kBanishment / 2, [] {
      about_to_trim = false;
      malloc_trim(0);
    });
  }
  if (connections == 0) return;
  LogWarning("a client begins calls only to reset them; it is disconnected",
             {{"client", client}, {"connections", absl::StrCat(connections)}});
}

}  // namespace localstore::server
