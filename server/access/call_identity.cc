#include "server/access/call_identity.h"

#include <memory>
#include <string>
#include <vector>

#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/auth_context.h"
#include "server/net/peer_name.h"

namespace localstore::server {
namespace {

std::vector<std::string> Values(const grpc::AuthContext& context,
                                const char* property) {
  std::vector<std::string> values;
  for (const grpc::string_ref& value : context.FindPropertyValues(property)) {
    values.emplace_back(value.data(), value.size());
  }
  return values;
}

}  // namespace

Caller CallerOf(const grpc::CallbackServerContext& context,
                const PeerDirectory& peers) {
  Caller caller;
  const std::string peer = context.peer();
  caller.user = peers.Find(peer);
  if (caller.user.has_value()) return caller;
  caller.address = AddressOfPeer(peer);
  const std::shared_ptr<const grpc::AuthContext> verified =
      context.auth_context();
  if (verified == nullptr) return caller;
  caller.dns_names = Values(*verified, GRPC_PEER_DNS_PROPERTY_NAME);
  caller.uris = Values(*verified, GRPC_PEER_URI_PROPERTY_NAME);
  caller.emails = Values(*verified, GRPC_PEER_EMAIL_PROPERTY_NAME);
  caller.ip_addresses = Values(*verified, GRPC_PEER_IP_PROPERTY_NAME);
  return caller;
}

}  // namespace localstore::server
