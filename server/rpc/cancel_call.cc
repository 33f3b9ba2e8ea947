#include "server/rpc/cancel_call.h"

#include <utility>

#include "server/errors/grpc_status.h"
#include "server/jobs/job_errors.h"

namespace localstore::server {

CancelCall* CancelCall::Start(std::shared_ptr<Job> job, JobRegistry* registry,
                              v1::CancelResponse* response) {
  std::shared_ptr<CancelCall> call(
      new CancelCall(std::move(job), registry, response));
  {
    absl::MutexLock lock(&call->mutex_);
    call->self_ = call;
  }
  call->observing_ = call->job_->observers().Add(call);
  call->OnJobChanged(call->job_);
  return call.get();
}

CancelCall::CancelCall(std::shared_ptr<Job> job, JobRegistry* registry,
                       v1::CancelResponse* response)
    : job_(std::move(job)), registry_(registry), response_(response) {}

void CancelCall::OnJobChanged(const std::shared_ptr<Job>&) {
  Job::View view = job_->Look();
  if (!view.final) return;
  if (job_->interrupted()) {
    // The next server goes on with it.
    if (FirstToFinish()) Finish(ToGrpcStatus(job_->outcome()));
    return;
  }
  if (!FirstToPersist()) return;
  registry_->Persist(
      job_, [weak = weak_from_this(),
             download = std::move(view.download)](const absl::Status& status) {
        if (const auto held = weak.lock()) held->OnPersisted(download, status);
      });
}

void CancelCall::OnPersisted(const v1::Download& download,
                             const absl::Status& status) {
  if (!FirstToFinish()) return;
  if (!status.ok()) {
    return Finish(ToGrpcStatus(NotTakenDown(job_->id(), "cancelled", status)));
  }
  *response_->mutable_download() = download;
  Finish(grpc::Status::OK);
}

void CancelCall::OnCancel() {
  if (FirstToFinish()) Finish(grpc::Status::CANCELLED);
}

bool CancelCall::FirstToPersist() {
  absl::MutexLock lock(&mutex_);
  return !finished_ && !std::exchange(persisting_, true);
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
