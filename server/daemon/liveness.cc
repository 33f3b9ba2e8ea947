#include "server/daemon/liveness.h"

#include <chrono>
#include <memory>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"

namespace localstore::server {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(2);

bool TimerGoesOn(Timer& timer) {
  const auto ran = std::make_shared<absl::Notification>();
  timer.CallAfter(absl::ZeroDuration(), [ran] { ran->Notify(); });
  return ran->WaitForNotificationWithTimeout(kPatience);
}

// Whatever it answers.
bool Answers(grpc::health::v1::Health::Stub& stub) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       absl::ToChronoMilliseconds(kPatience));
  grpc::health::v1::HealthCheckResponse response;
  const grpc::Status status = stub.Check(&context, {}, &response);
  return status.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED;
}

}  // namespace

std::vector<LivenessProbe> MakeLivenessProbes(const LivingParts& parts) {
  const std::shared_ptr<grpc::health::v1::Health::Stub> stub =
      grpc::health::v1::Health::NewStub(
          parts.server->InProcessChannel(grpc::ChannelArguments()));
  return {
      {"timer", [timer = parts.timer] { return TimerGoesOn(*timer); }},
      // Waits for the resolver's thread, as long as it takes.
      {"resolver",
       [resolver = parts.resolver] {
         resolver->Bridges();
         return true;
       }},
      {"transfers",
       [fetcher = parts.fetcher] { return fetcher->Responds(kPatience); }},
      {"downloads", [fetcher = parts.fetcher] { return !fetcher->Hangs(); }},
      {"gRPC", [stub] { return Answers(*stub); }}};
}

}  // namespace localstore::server
