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
#include "server/net/tcp_listener.h"
#include "server/net/tls_server.h"
#include "server/net/unix_socket.h"
#include "server/systemd/inherited_sockets.h"

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

// A TCP socket that systemd opened, and what gRPC takes its connections by.
struct InheritedTcp {
  int descriptor = -1;
  std::unique_ptr<TcpListener::Acceptor> acceptor;
};

// The sockets behind the addresses of the configuration, until the server that
// they are for is there.
struct Sockets {
  std::deque<TcpAddress> tcp;  // the builder keeps pointers into it
  std::vector<std::unique_ptr<UnixSocket>> unix_domain;
  std::vector<InheritedTcp> inherited_tcp;
  std::vector<std::string> addresses;  // those that are known already
};

absl::Status Inherit(const ListenAddress& address, const v1::Config& config,
                     const std::shared_ptr<grpc::ServerCredentials>& tls,
                     grpc::ServerBuilder& builder, Sockets& sockets) {
  const auto inherited = FindInheritedSockets(address.name);
  if (!inherited.ok()) return inherited.status();
  for (const InheritedSocket& socket : *inherited) {
    if (!socket.unix_domain && !socket.loopback &&
        config.tls_certificate().empty() && !config.allow_insecure_listen()) {
      return CannotListen(socket.address,
                          "of the socket unit would be served in clear to "
                          "other hosts; give tls_certificate and tls_key, or "
                          "set allow_insecure_listen");
    }
    sockets.addresses.push_back(socket.address);
    if (socket.unix_domain) {
      sockets.unix_domain.push_back(UnixSocket::Adopt(socket.descriptor));
      continue;
    }
    using Builder = grpc::ServerBuilder::experimental_type;
    sockets.inherited_tcp.push_back(
        {socket.descriptor,
         builder.experimental().AddExternalConnectionAcceptor(
             Builder::ExternalConnectionType::FROM_FD, tls)});
  }
  return absl::OkStatus();
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
  Sockets sockets;
  for (const std::string& text : config.listen()) {
    const auto address = ParseListenAddress(text, "listen");
    if (!address.ok()) return address.status();
    if (address->kind == ListenAddress::Kind::kUnix) {
      auto socket = UnixSocket::Listen(address->path, *access);
      if (!socket.ok()) return socket.status();
      sockets.unix_domain.push_back(*std::move(socket));
      sockets.addresses.push_back(address->ToString());
      continue;
    }
    if (address->kind == ListenAddress::Kind::kSystemd) {
      const absl::Status inherited =
          Inherit(*address, config, *credentials, builder, sockets);
      if (!inherited.ok()) return inherited;
      continue;
    }
    sockets.tcp.push_back({*address});
    builder.AddListeningPort(address->ToString(), *credentials,
                             &sockets.tcp.back().bound_port);
  }
  listeners->addresses_ = std::move(sockets.addresses);
  listeners->server_ = builder.BuildAndStart();
  for (TcpAddress& served : sockets.tcp) {
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
  for (auto& socket : sockets.unix_domain) {
    auto listener =
        UnixListener::Start(std::move(socket), listeners->server_.get(), peers);
    if (!listener.ok()) return listener.status();
    listeners->unix_listeners_.push_back(*std::move(listener));
  }
  for (InheritedTcp& socket : sockets.inherited_tcp) {
    auto listener =
        TcpListener::Start(socket.descriptor, std::move(socket.acceptor));
    if (!listener.ok()) return listener.status();
    listeners->tcp_listeners_.push_back(*std::move(listener));
  }
  return listeners;
}

Listeners::~Listeners() {
  if (server_ != nullptr) Shutdown(absl::ZeroDuration());
}

void Listeners::Shutdown(absl::Duration grace) {
  unix_listeners_.clear();
  tcp_listeners_.clear();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  server_->Wait();
}

}  // namespace localstore::server
