#include "server/daemon/listeners.h"

#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "protos/errors/error.h"
#include "server/net/listen_address.h"
#include "server/net/tls_server.h"
#include "server/net/unix_socket.h"

namespace localstore::server {
namespace {

// Nothing that a caller has to send is longer: certificates come to some KiB.
constexpr int kMaxRequestBytes = 1 << 20;

struct TcpAddress {
  ListenAddress address;
  int bound_port = 0;  // 0 until the server has started, and if that failed
};

absl::Status CannotListen(const std::string& address, absl::string_view why) {
  return MakeBadRequest({{"listen", absl::StrCat(address, " ", why)}});
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TcpCredentials(
    const v1::Config& config) {
  if (config.tls_certificate().empty()) {
    return grpc::InsecureServerCredentials();
  }
  return MakeTlsCredentials(
      {config.tls_certificate(), config.tls_key(), config.tls_client_ca()});
}

void ConfigureLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  // Another server at the same port is an error, not a partner.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

// Once for the process, before any server is built.
void EnablePlugins() {
  // gRPC's own health service brings no descriptor: without this, reflection
  // lists grpc.health.v1.Health but cannot describe it.
  grpc::health::v1::HealthCheckRequest::descriptor();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listeners>> Listeners::Start(
    const v1::Config& config, grpc::Service* service, PeerDirectory* peers) {
  EnablePlugins();
  const auto access = MakeSocketAccess(
      config.socket_mode(), config.socket_owner(), config.socket_group());
  if (!access.ok()) return access.status();
  const auto credentials = TcpCredentials(config);
  if (!credentials.ok()) return credentials.status();
  std::unique_ptr<Listeners> listeners(new Listeners());
  grpc::ServerBuilder builder;
  ConfigureLimits(builder);
  builder.RegisterService(service);
  std::deque<TcpAddress> tcp;  // the builder keeps pointers into it
  std::vector<std::unique_ptr<UnixSocket>> sockets;
  for (const std::string& text : config.listen()) {
    const auto address = ParseListenAddress(text, "listen");
    if (!address.ok()) return address.status();
    if (address->kind == ListenAddress::Kind::kUnix) {
      auto socket = UnixSocket::Listen(address->path, *access);
      if (!socket.ok()) return socket.status();
      sockets.push_back(*std::move(socket));
      listeners->addresses_.push_back(address->ToString());
      continue;
    }
    tcp.push_back({*address});
    builder.AddListeningPort(address->ToString(), *credentials,
                             &tcp.back().bound_port);
  }
  listeners->server_ = builder.BuildAndStart();
  for (TcpAddress& served : tcp) {
    if (served.bound_port == 0) {
      return CannotListen(served.address.ToString(),
                          "cannot be listened at: another process may be "
                          "there, or the host may not have the address");
    }
    served.address.port = served.bound_port;
    listeners->addresses_.push_back(served.address.ToString());
  }
  if (listeners->server_ == nullptr) {
    return CannotListen("", "is empty: there is no address to listen at");
  }
  for (auto& socket : sockets) {
    auto listener =
        UnixListener::Start(std::move(socket), listeners->server_.get(), peers);
    if (!listener.ok()) return listener.status();
    listeners->unix_listeners_.push_back(*std::move(listener));
  }
  return listeners;
}

Listeners::~Listeners() {
  if (server_ != nullptr) Shutdown(absl::ZeroDuration());
}

void Listeners::Shutdown(absl::Duration grace) {
  unix_listeners_.clear();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  server_->Wait();
}

}  // namespace localstore::server
