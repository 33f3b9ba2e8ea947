// The local end of a connection: this machine's address on a bridge.
#pragma once

#include <sys/socket.h>

#include <string>

namespace localstore::client {

// Whether `interface` of this machine has `address` (numeric).
bool HasAddress(const std::string& interface, const std::string& address);

// A TCP socket of `family` that is bound to `address` on `interface`, and to
// the device itself where this process may do that; -1 and errno on failure.
int BoundSocket(int family, const std::string& interface,
                const std::string& address);

}  // namespace localstore::client
