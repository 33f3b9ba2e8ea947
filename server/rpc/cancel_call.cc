#include "server/rpc/cancel_call.h"

#include <utility>

namespace localstore::server {

CancelCall* CancelCall::Start(std::shared_ptr<Job> job,
                              v1::CancelResponse* response) {
  std::shared_ptr<CancelCall> call(new CancelCall(std::move(job), response));
  {
    absl::MutexLock lock(&call->mutex_);
    call->self_ = call;
  }
  call->observing_ = call->job_->observers().Add(call);
  call->OnJobChanged(call->job_);
  return call.get();
}

CancelCall::CancelCall(std::shared_ptr<Job> job, v1::CancelResponse* response)
    : job_(std::move(job)), response_(response) {}

void CancelCall::OnJobChanged(const std::shared_ptr<Job>&) {
  Job::View view = job_->Look();
  if (!view.final || !FirstToFinish()) return;
  *response_->mutable_download() = std::move(view.download);
  Finish(grpc::Status::OK);
}

void CancelCall::OnCancel() {
  if (FirstToFinish()) Finish(grpc::Status::CANCELLED);
}

bool CancelCall::FirstToFinish() {
  absl::MutexLock lock(&mutex_);
  return !std::exchange(finished_, true);
}

void CancelCall::OnDone() {
  job_->observers().Remove(observing_);
  std::shared_ptr<CancelCall> self;  // destroyed after the lock
  absl::MutexLock lock(&mutex_);
  self = std::move(self_);
}

}  // namespace localstore::server
