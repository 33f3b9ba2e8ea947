#include "server/rpc/resolve_call.h"

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "protos/errors/error.h"
#include "server/convert/resolution.h"
#include "server/errors/grpc_status.h"
#include "server/logging/log.h"
#include "server/logging/log_context.h"

namespace localstore::server {

grpc::ServerUnaryReactor* ResolveCall::Start(
    const ResolveOrder& order, grpc::CallbackServerContext* context,
    Encodable<v1::ResolveResponse>* answer, resolver::HostResolver* resolver,
    EncodedAnswers* encoded) {
  const resolver::KnownAnswer known =
      resolver->Known(order.host, order.options);
  if (known.resolution != nullptr) {
    answer->ready = encoded->Encode(known);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  std::shared_ptr<ResolveCall> call(
      new ResolveCall(order, &answer->message, resolver));
  {
    absl::MutexLock lock(&call->mutex_);
    call->self_ = call;
  }
  const std::weak_ptr<ResolveCall> weak = call;
  const resolver::HostResolver::OperationId operation = resolver->Resolve(
      order.host, order.options,
      [weak](const absl::StatusOr<resolver::Resolution>& answer) {
        if (const auto held = weak.lock()) held->OnAnswer(answer);
      });
  absl::MutexLock lock(&call->mutex_);
  call->operation_ = operation;
  return call.get();
}

ResolveCall::ResolveCall(const ResolveOrder& order,
                         v1::ResolveResponse* response,
                         resolver::HostResolver* resolver)
    : log_fields_({{"host", order.host}}),
      response_(response),
      resolver_(resolver) {
  LogContext::AddTo(log_fields_);
}

// On the resolver's thread.
void ResolveCall::Log(
    const absl::StatusOr<resolver::Resolution>& answer) const {
  if (!IsLogged(answer.ok() ? LogLevel::kDebug : LogLevel::kInfo)) return;
  LogFields fields = log_fields_;
  if (answer.ok()) {
    fields.emplace_back("bridge", answer->endpoints.front().bridge);
    fields.emplace_back("address", answer->endpoints.front().address);
    fields.emplace_back("from", answer->from_cache ? "cache" : "network");
    return LogDebug("host resolved", std::move(fields));
  }
  fields.emplace_back("reason", ReasonName(ReasonOf(answer.status())));
  fields.emplace_back("error", std::string(answer.status().message()));
  LogInfo("host not resolved", std::move(fields));
}

void ResolveCall::OnAnswer(const absl::StatusOr<resolver::Resolution>& answer) {
  Log(answer);
  FinishOnce(ToGrpcStatus(answer.status()), answer.ok() ? &*answer : nullptr);
}

void ResolveCall::FinishOnce(const grpc::Status& status,
                             const resolver::Resolution* resolution) {
  {
    absl::MutexLock lock(&mutex_);
    if (finished_) return;
    finished_ = true;
  }
  if (resolution != nullptr) {
    FillResponse(*resolution, absl::ZeroDuration(), *response_);
  }
  Finish(status);
}

void ResolveCall::OnCancel() { FinishOnce(grpc::Status::CANCELLED, nullptr); }

void ResolveCall::OnDone() {
  resolver::HostResolver::OperationId operation = 0;
  {
    absl::MutexLock lock(&mutex_);
    operation = operation_;
  }
  // Waits for a callback that runs, which may want the lock.
  resolver_->Cancel(operation);
  std::shared_ptr<ResolveCall> self;  // destroyed after the lock
  absl::MutexLock lock(&mutex_);
  self = std::move(self_);
}

}  // namespace localstore::server
