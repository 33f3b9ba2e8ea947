#include "server/daemon/health_probe.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "protos/errors/error.h"
#include "server/net/listen_address.h"

namespace localstore::server {
namespace {

using grpc::health::v1::HealthCheckResponse;

// Of localstored.socket, whose sockets "systemd:" stands for.
constexpr char kSocketOfUnit[] = "unix:/run/localstore/localstore.sock";

// What listens at every address of the host listens at loopback, too.
std::string Reachable(ListenAddress address) {
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  return address.ToString();
}

// Nothing but this host is asked, whatever proxy the environment names.
std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(),
                                   arguments);
}

bool CanBeAskedInClear(const ListenAddress& address, const v1::Config& config) {
  if (address.kind == ListenAddress::Kind::kUnix) return true;
  return config.tls_certificate().empty() && address.port != 0;
}

absl::Status NotServing(const std::string& address, absl::string_view what) {
  return MakeError(v1::ERROR_REASON_CONNECT_FAILED,
                   absl::StrCat("the server at ", address, " ", what));
}

}  // namespace

absl::StatusOr<std::string> HealthAddress(const v1::Config& config) {
  if (!config.health_listen().empty()) {
    const auto address =
        ParseListenAddress(config.health_listen(), "health_listen");
    if (!address.ok()) return address.status();
    return Reachable(*address);
  }
  for (const std::string& text : config.listen()) {
    const auto address = ParseListenAddress(text, "listen");
    if (!address.ok()) return address.status();
    if (address->kind == ListenAddress::Kind::kSystemd) return kSocketOfUnit;
    if (CanBeAskedInClear(*address, config)) return Reachable(*address);
  }
  return MakeBadRequest(
      {{"health_listen",
        "is missing: no address of `listen` can be asked in clear; name one, "
        "\"127.0.0.1:50052\" say"}});
}

absl::Status ProbeHealth(const v1::Config& config, absl::Duration timeout) {
  const auto address = HealthAddress(config);
  if (!address.ok()) return address.status();
  const auto stub = grpc::health::v1::Health::NewStub(Connect(*address));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  HealthCheckResponse response;
  const grpc::Status status = stub->Check(&context, {}, &response);
  if (!status.ok()) {
    return NotServing(
        *address, absl::StrCat("does not answer: ", status.error_message()));
  }
  if (response.status() == HealthCheckResponse::SERVING) {
    return absl::OkStatus();
  }
  return NotServing(
      *address, absl::StrCat("says ", HealthCheckResponse::ServingStatus_Name(
                                          response.status())));
}

}  // namespace localstore::server
