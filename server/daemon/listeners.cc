#include "server/daemon/listeners.h"

#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "protos/errors/error.h"
#include "server/daemon/server_options.h"
#include "server/daemon/tcp_intake.h"
#include "server/logging/log.h"
#include "server/net/listen_address.h"
#include "server/systemd/inherited_sockets.h"

namespace localstore::server {
namespace {

using ConnectionType =
    grpc::ServerBuilder::experimental_type::ExternalConnectionType;

}  // namespace

absl::StatusOr<std::unique_ptr<Listeners>> Listeners::Start(
    const v1::Config& config, grpc::Service* service, Gate* gate,
    PeerDirectory* peers, Timer* timer, std::unique_ptr<Meter> meter) {
  std::unique_ptr<Listeners> listeners(new Listeners(gate, peers, timer));
  listeners->SetLimits(config);
  absl::Status status = listeners->Bind(config);
  if (status.ok()) status = listeners->Serve(config, service, std::move(meter));
  if (status.ok()) status = listeners->Accept(config);
  if (!status.ok()) return status;
  return listeners;
}

Listeners::Listeners(Gate* gate, PeerDirectory* peers, Timer* timer)
    : peers_(peers),
      health_(gate),
      reflection_(
          {v1::LocalDatastoreService::service_full_name(),
           grpc::health::v1::Health::service_full_name(),
           grpc::reflection::v1alpha::ServerReflection::service_full_name()},
          gate),
      limit_(0, timer),
      guard_(
          [peers](const std::string& peer) {
            return ConnectionClient(peer, peers);
          },
          [this, timer](const std::string& client) {
            ExpelClient(client, limit_, timer);
          },
          timer) {}

absl::Status Listeners::Bind(const v1::Config& config) {
  const auto access = MakeSocketAccess(
      config.socket_mode(), config.socket_owner(), config.socket_group());
  if (!access.ok()) return access.status();
  for (const std::string& text : config.listen()) {
    const auto address = ParseListenAddress(text, "listen");
    if (!address.ok()) return address.status();
    if (address->kind == ListenAddress::Kind::kUnix) {
      auto socket = UnixSocket::Listen(address->path, *access);
      if (!socket.ok()) return socket.status();
      unix_sockets_.push_back(*std::move(socket));
      addresses_.push_back(address->ToString());
      continue;
    }
    if (address->kind == ListenAddress::Kind::kSystemd) {
      absl::Status inherited =
          Inherit(address->name, !config.tls_certificate().empty() ||
                                     config.allow_insecure_listen());
      if (!inherited.ok()) return inherited;
      continue;
    }
    auto socket = TcpSocket::Listen(*address);
    if (!socket.ok()) return socket.status();
    addresses_.push_back((*socket)->address().ToString());
    tcp_sockets_.push_back(*std::move(socket));
  }
  return absl::OkStatus();
}

// Those behind "systemd:NAME".
absl::Status Listeners::Inherit(const std::string& name,
                                bool clear_is_allowed) {
  const auto inherited = FindInheritedSockets(name);
  if (!inherited.ok()) return inherited.status();
  for (const InheritedSocket& socket : *inherited) {
    if (!socket.unix_domain && !socket.loopback && !clear_is_allowed) {
      return MakeBadRequest(
          {{"listen", absl::StrCat(socket.address,
                                   " of the socket unit would be served in "
                                   "clear to other hosts; give "
                                   "tls_certificate and tls_key, or set "
                                   "allow_insecure_listen")}});
    }
    addresses_.push_back(socket.address);
    if (socket.unix_domain) {
      unix_sockets_.push_back(UnixSocket::Adopt(socket.descriptor));
    } else {
      tcp_sockets_.push_back(TcpSocket::Adopt(socket.descriptor));
    }
  }
  return absl::OkStatus();
}

absl::Status Listeners::Serve(const v1::Config& config, grpc::Service* service,
                              std::unique_ptr<Meter> meter) {
  credentials_ = grpc::InsecureServerCredentials();
  if (!config.tls_certificate().empty()) {
    auto certificates = ServerCertificates::Load(
        {config.tls_certificate(), config.tls_key(), config.tls_client_ca()});
    if (!certificates.ok()) return certificates.status();
    certificates_ = *std::move(certificates);
    credentials_ = certificates_->MakeCredentials();
  }
  grpc::ServerBuilder builder;
  ConfigureServer(config, builder);
  builder.RegisterService(service);
  builder.RegisterService(
      static_cast<grpc::health::v1::Health::CallbackService*>(&health_));
  builder.RegisterService(&reflection_);
  std::vector<std::unique_ptr<Meter>> watches;
  watches.push_back(guard_.MakeWatch());
  if (meter != nullptr) watches.push_back(std::move(meter));
  builder.experimental().SetInterceptorCreators(std::move(watches));
  external_ = builder.experimental().AddExternalConnectionAcceptor(
      ConnectionType::FROM_FD, credentials_);
  server_ = builder.BuildAndStart();
  if (server_ != nullptr) return absl::OkStatus();
  return MakeError(v1::ERROR_REASON_INTERNAL, "gRPC does not start");
}

absl::Status Listeners::Accept(const v1::Config& config) {
  const int patience = KeepaliveTimeoutMilliseconds(config);
  std::vector<Acceptor::Source> sources;
  for (const auto& socket : unix_sockets_) {
    sources.push_back({socket->descriptor(),
                       [this](int descriptor) { TakeUnix(descriptor); }});
  }
  for (const auto& socket : tcp_sockets_) {
    sources.push_back({socket->descriptor(), [this, patience](int descriptor) {
                         TakeTcpConnection(descriptor, patience, limit_,
                                           *external_);
                       }});
  }
  auto acceptor = Acceptor::Start(std::move(sources));
  if (!acceptor.ok()) return acceptor.status();
  acceptor_ = *std::move(acceptor);
  return absl::OkStatus();
}

void Listeners::TakeUnix(int descriptor) {
  const int connection = peers_->Enter(descriptor);
  if (connection < 0) return;
  const std::string name = absl::StrCat("fd:", connection);
  if (!limit_.Admit(connection, ConnectionClient(name, peers_))) {
    close(connection);
    return;
  }
  grpc::AddInsecureChannelFromFd(server_.get(), connection);
}

void Listeners::SetLimits(const v1::Config& config) {
  limit_.SetLimit(MaxConnections(config));
}

Listeners::~Listeners() {
  if (server_ != nullptr) Shutdown(absl::ZeroDuration());
}

void Listeners::Shutdown(absl::Duration grace) {
  acceptor_.reset();
  health_.Shutdown();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  server_->Wait();
}

}  // namespace localstore::server
