// A TCP socket that can only use one bridge.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "fetcher/endpoint_source.h"
#include "fetcher/storage/unique_fd.h"

namespace localstore::fetcher {

// Bound to the endpoint's bridge (SO_BINDTODEVICE), so that no routing table
// leads it elsewhere, and to its source address, when the endpoint names them;
// not connected. `family` is AF_INET or AF_INET6. Errors: CONNECT_FAILED,
// naming bridge and address, when the system refuses (the bridge or the address
// is gone, or the right is missing).
absl::StatusOr<UniqueFd> OpenBoundSocket(const Endpoint& endpoint, int family);

// The port of its own end; 0 when it has none.
int LocalPort(int socket);

}  // namespace localstore::fetcher
