#include "server/rpc/resolve_call.h"

#include <utility>

#include "absl/time/time.h"
#include "server/convert/resolution.h"
#include "server/errors/grpc_status.h"

namespace localstore::server {

grpc::ServerUnaryReactor* ResolveCall::Start(
    const ResolveOrder& order, grpc::CallbackServerContext* context,
    v1::ResolveResponse* response, resolver::HostResolver* resolver) {
  const resolver::KnownAnswer known =
      resolver->Known(order.host, order.options);
  if (known.resolution != nullptr) {
    FillResponse(*known.resolution, known.age, *response);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  std::shared_ptr<ResolveCall> call(new ResolveCall(response, resolver));
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

void ResolveCall::OnAnswer(const absl::StatusOr<resolver::Resolution>& answer) {
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
