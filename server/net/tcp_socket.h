// A listening TCP socket.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "server/net/listen_address.h"

namespace localstore::server {

// Not thread-safe.
class TcpSocket {
 public:
  // Listens at an address of Kind::kTcp; at "[::]" for IPv4, too. Errors:
  // INVALID_REQUEST at `field`, the setting that it comes from, which names the
  // address and what is in the way.
  static absl::StatusOr<std::unique_ptr<TcpSocket>> Listen(
      const ListenAddress& address, const char* field = "listen");

  // A socket that listens already. Takes `descriptor`, which is non-blocking;
  // its address is not known here.
  static std::unique_ptr<TcpSocket> Adopt(int descriptor);

  ~TcpSocket();
  TcpSocket(const TcpSocket&) = delete;
  TcpSocket& operator=(const TcpSocket&) = delete;

  // As bound: with the port that was found free.
  const ListenAddress& address() const { return address_; }

  // Non-blocking, closed on exec.
  int descriptor() const { return descriptor_; }

 private:
  TcpSocket(ListenAddress address, int descriptor);

  const ListenAddress address_;
  const int descriptor_;
};

}  // namespace localstore::server
