#include "server/daemon/health_listener.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/resource_quota.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"
#include "server/daemon/tcp_intake.h"
#include "server/net/listen_address.h"

namespace localstore::server {
namespace {

// Anybody may ask here: what that takes is bounded.
constexpr int kMaxRequestBytes = 4096;
constexpr int kMaxStreamsOfAConnection = 8;
constexpr int kMaxCallsPerClient = 64;
constexpr int kMaxIdleMs = 60'000;
constexpr int kHandshakeMs = 10'000;
constexpr int kMaxReadBytes = 4096;  // at once
constexpr int kPeerPatienceMs = 20'000;
constexpr size_t kMaxMemory = 8 << 20;
// One client may have three quarters of them.
constexpr int kMaxConnections = 64;

void ConfigureLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                             kMaxStreamsOfAConnection);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kMaxIdleMs);
  builder.AddChannelArgument(GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, kMaxReadBytes);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                             kHandshakeMs);
  builder.SetResourceQuota(grpc::ResourceQuota("health").Resize(kMaxMemory));
}

}  // namespace

absl::StatusOr<std::unique_ptr<HealthListener>> HealthListener::Start(
    absl::string_view address, grpc::HealthCheckServiceInterface* primary,
    Timer* timer) {
  const auto parsed = ParseListenAddress(address, "health_listen");
  if (!parsed.ok()) return parsed.status();
  std::unique_ptr<HealthListener> listener(new HealthListener(primary, timer));
  auto socket = TcpSocket::Listen(*parsed, "health_listen");
  if (!socket.ok()) return socket.status();
  listener->socket_ = *std::move(socket);
  listener->address_ = listener->socket_->address().ToString();
  absl::Status status = listener->Serve();
  if (status.ok()) status = listener->Accept();
  if (!status.ok()) return status;
  return listener;
}

HealthListener::HealthListener(grpc::HealthCheckServiceInterface* primary,
                               Timer* timer)
    : primary_(primary),
      gate_(&nobody_),
      service_(&gate_),
      reflection_({grpc::health::v1::Health::service_full_name()}, &gate_),
      limit_(kMaxConnections, timer),
      guard_(
          [this](const std::string& peer) {
            return ConnectionClient(peer, &nobody_);
          },
          [this, timer](const std::string& client) {
            ExpelClient(client, limit_, timer);
          },
          timer) {
  gate_.SetMaxCallsPerClient(kMaxCallsPerClient);
}

absl::Status HealthListener::Serve() {
  grpc::ServerBuilder builder;
  ConfigureLimits(builder);
  builder.RegisterService(
      static_cast<grpc::health::v1::Health::CallbackService*>(&service_));
  builder.RegisterService(&reflection_);
  std::vector<
      std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
      watches;
  watches.push_back(guard_.MakeWatch());
  builder.experimental().SetInterceptorCreators(std::move(watches));
  external_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      grpc::InsecureServerCredentials());
  server_ = builder.BuildAndStart();
  if (server_ != nullptr) return absl::OkStatus();
  return MakeError(v1::ERROR_REASON_INTERNAL, "gRPC does not start");
}

absl::Status HealthListener::Accept() {
  auto acceptor = Acceptor::Start(
      {{socket_->descriptor(), [this](int descriptor) {
          TakeTcpConnection(descriptor, kPeerPatienceMs, limit_, *external_);
        }}});
  if (!acceptor.ok()) return acceptor.status();
  acceptor_ = *std::move(acceptor);
  return absl::OkStatus();
}

HealthListener::~HealthListener() {
  acceptor_ = nullptr;
  if (server_ == nullptr) return;
  service_.Shutdown();
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

void HealthListener::SetServingStatus(const std::string& service,
                                      bool serving) {
  primary_->SetServingStatus(service, serving);
  service_.SetServingStatus(service, serving);
}

void HealthListener::SetServingStatus(bool serving) {
  primary_->SetServingStatus(serving);
  service_.SetServingStatus(serving);
}

void HealthListener::Shutdown() {
  primary_->Shutdown();
  service_.Shutdown();
}

}  // namespace localstore::server
