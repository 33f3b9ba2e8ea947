// What gRPC calls the other end of a connection.
#pragma once

#include <sys/socket.h>

#include <string>

#include "absl/strings/string_view.h"

namespace localstore::server {

// The IP address in what ServerContext::peer() returns, a URI whose special
// characters are percent-encoded: "10.1.0.5" for "ipv4:10.1.0.5:41234", "::1"
// for "ipv6:%5B::1%5D:41234", with the scope of a link-local one. `peer` itself
// when it is neither.
std::string AddressOfPeer(absl::string_view peer);

// The same of a TCP socket's address, the scope as a number, as gRPC has it; ""
// of another family's.
std::string SocketAddress(const sockaddr& address);

// The same of a connected TCP socket; "" when it is not connected any more.
std::string PeerAddress(int descriptor);

}  // namespace localstore::server
