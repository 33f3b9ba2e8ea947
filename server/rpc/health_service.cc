#include "server/rpc/health_service.h"

#include <utility>

#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"
#include "server/access/call_slots.h"
#include "server/errors/grpc_status.h"
#include "server/rpc/pull_stream.h"

namespace localstore::server {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kWatch[] = "/grpc.health.v1.Health/Watch";

HealthCheckResponse::ServingStatus StatusFor(bool serving) {
  return serving ? HealthCheckResponse::SERVING
                 : HealthCheckResponse::NOT_SERVING;
}

}  // namespace

class HealthService::UnaryCall : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(const grpc::Status& status, CallSlots::Slot slot)
      : slot_(std::move(slot)) {
    Finish(status);
  }
  void OnDone() override { delete this; }

 private:
  const CallSlots::Slot slot_;
};

class HealthService::Watcher : public PullStream<HealthCheckResponse> {
 public:
  Watcher(HealthService* service, std::string name, CallSlots::Slot slot)
      : service_(service), name_(std::move(name)), slot_(std::move(slot)) {}

  void Start() {
    Own();
    Advance();
  }

 private:
  Next Prepare(HealthCheckResponse& response, grpc::Status& status) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex()) {
    const auto now =
        service_->Find(name_).value_or(HealthCheckResponse::SERVICE_UNKNOWN);
    if (sent_ != now) {
      sent_ = now;
      response.set_status(now);
      return Next::kWrite;
    }
    if (!service_->ended()) return Next::kNothing;
    status = ToGrpcStatus(MakeError(v1::ERROR_REASON_SHUTTING_DOWN,
                                    "the server is shutting down"));
    return Next::kFinish;
  }
  void Leave() override {}

  HealthService* const service_;
  const std::string name_;
  const CallSlots::Slot slot_;
  absl::optional<ServingStatus> sent_ ABSL_GUARDED_BY(mutex());
};

HealthService::HealthService(Gate* gate) : gate_(gate) {
  statuses_[""] = HealthCheckResponse::SERVING;
}

void HealthService::SetServingStatus(const std::string& service, bool serving) {
  {
    absl::MutexLock lock(&mutex_);
    if (ended_) return;
    statuses_[service] = StatusFor(serving);
  }
  Tell();
}

void HealthService::SetServingStatus(bool serving) {
  {
    absl::MutexLock lock(&mutex_);
    if (ended_) return;
    for (auto& entry : statuses_) entry.second = StatusFor(serving);
  }
  Tell();
}

void HealthService::Shutdown() {
  SetServingStatus(false);
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  Tell();
}

void HealthService::Tell() {
  std::list<std::weak_ptr<Watcher>> watchers;
  {
    absl::MutexLock lock(&mutex_);
    watchers_.remove_if([](const std::weak_ptr<Watcher>& watcher) {
      return watcher.expired();
    });
    watchers = watchers_;
  }
  for (const std::weak_ptr<Watcher>& weak : watchers) {
    if (const auto watcher = weak.lock()) watcher->Advance();
  }
}

absl::optional<HealthService::ServingStatus> HealthService::Find(
    const std::string& service) {
  absl::MutexLock lock(&mutex_);
  const auto found = statuses_.find(service);
  if (found == statuses_.end()) return absl::nullopt;
  return found->second;
}

bool HealthService::ended() {
  absl::MutexLock lock(&mutex_);
  return ended_;
}

grpc::ServerUnaryReactor* HealthService::Check(
    grpc::CallbackServerContext* context, const HealthCheckRequest* request,
    HealthCheckResponse* response) {
  auto slot = gate_->Admit(kCheck, *context);
  if (!slot.ok()) return new UnaryCall(ToGrpcStatus(slot.status()), {});
  const absl::optional<ServingStatus> status = Find(request->service());
  if (!status.has_value()) {
    // As the protocol has it: it knows no details.
    return new UnaryCall(
        grpc::Status(grpc::StatusCode::NOT_FOUND, "there is no such service"),
        *std::move(slot));
  }
  response->set_status(*status);
  return new UnaryCall(grpc::Status::OK, *std::move(slot));
}

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Watch(
    grpc::CallbackServerContext* context, const HealthCheckRequest* request) {
  auto slot = gate_->Admit(kWatch, *context);
  if (!slot.ok()) {
    return new RefusedStream<HealthCheckResponse>(ToGrpcStatus(slot.status()));
  }
  const auto watcher =
      std::make_shared<Watcher>(this, request->service(), *std::move(slot));
  {
    absl::MutexLock lock(&mutex_);
    watchers_.remove_if(
        [](const std::weak_ptr<Watcher>& other) { return other.expired(); });
    watchers_.push_back(watcher);
  }
  watcher->Start();
  return watcher.get();
}

}  // namespace localstore::server
