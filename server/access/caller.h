// Who makes a call, as far as it can be proven.
#pragma once

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "server/net/peer_directory.h"

namespace localstore::server {

// At most one of user and certificate names; with neither, the caller is nobody
// in particular at an address.
struct Caller {
  absl::optional<PeerCredentials> user;  // at a Unix socket
  // Subject alternative names of the certificate that TLS has verified (RFC
  // 5280, section 4.2.1.6).
  std::vector<std::string> dns_names;
  std::vector<std::string> uris;
  std::vector<std::string> emails;
  std::vector<std::string> ip_addresses;
  std::string address;  // IP address without port; "" at a Unix socket
};

// "uid=1000 gid=1000 pid=42", "certificate dns:agent.example
// uri:spiffe://edge", "10.1.0.5 without a certificate".
std::string Describe(const Caller& caller);

// The same for all calls of one client, and for no other's: what its calls are
// counted by.
std::string ClientKey(const Caller& caller);

}  // namespace localstore::server
