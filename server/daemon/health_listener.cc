#include "server/daemon/health_listener.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/resource_quota.h"
#include "protos/errors/error.h"
#include "server/net/listen_address.h"

namespace localstore::server {
namespace {

// Anybody may ask here: what that takes is bounded.
constexpr int kMaxRequestBytes = 4096;
constexpr int kMaxStreamsOfAConnection = 8;
constexpr int kMaxCallsPerClient = 64;
constexpr int kMaxIdleMs = 60'000;
constexpr size_t kMaxMemory = 8 << 20;

void ConfigureLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                             kMaxStreamsOfAConnection);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kMaxIdleMs);
  builder.SetResourceQuota(grpc::ResourceQuota("health").Resize(kMaxMemory));
}

}  // namespace

absl::StatusOr<std::unique_ptr<HealthListener>> HealthListener::Start(
    absl::string_view address, grpc::HealthCheckServiceInterface* primary) {
  auto parsed = ParseListenAddress(address, "health_listen");
  if (!parsed.ok()) return parsed.status();
  std::unique_ptr<HealthListener> listener(new HealthListener(primary));
  grpc::ServerBuilder builder;
  ConfigureLimits(builder);
  builder.RegisterService(
      static_cast<grpc::health::v1::Health::CallbackService*>(
          &listener->service_));
  builder.RegisterService(&listener->reflection_);
  int bound_port = 0;
  builder.AddListeningPort(parsed->ToString(),
                           grpc::InsecureServerCredentials(), &bound_port);
  listener->server_ = builder.BuildAndStart();
  if (listener->server_ == nullptr || bound_port == 0) {
    return MakeBadRequest(
        {{"health_listen",
          absl::StrCat(parsed->ToString(),
                       " cannot be listened at: another process may be there, "
                       "or the host may not have the address")}});
  }
  parsed->port = bound_port;
  listener->address_ = parsed->ToString();
  return listener;
}

HealthListener::HealthListener(grpc::HealthCheckServiceInterface* primary)
    : primary_(primary),
      gate_(&nobody_),
      service_(&gate_),
      reflection_({grpc::health::v1::Health::service_full_name()}, &gate_) {
  gate_.SetMaxCallsPerClient(kMaxCallsPerClient);
}

HealthListener::~HealthListener() {
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
