#include "server/rpc/download_stream.h"

#include <utility>

#include "server/errors/grpc_status.h"

namespace localstore::server {

DownloadStream* DownloadStream::Start(std::shared_ptr<Job> job,
                                      absl::Duration interval,
                                      JobRegistry* registry, Timer* timer) {
  std::shared_ptr<DownloadStream> stream(
      new DownloadStream(std::move(job), interval, registry, timer));
  stream->Own();
  stream->observing_ = stream->job_->observers().Add(stream);
  stream->ArmTick();
  stream->Advance();
  return stream.get();
}

DownloadStream::DownloadStream(std::shared_ptr<Job> job,
                               absl::Duration interval, JobRegistry* registry,
                               Timer* timer)
    : job_(std::move(job)),
      interval_(interval),
      registry_(registry),
      timer_(timer) {}

void DownloadStream::OnJobChanged(const std::shared_ptr<Job>&) {
  {
    absl::MutexLock lock(&mutex());
    due_ = true;
  }
  Advance();
}

DownloadStream::Next DownloadStream::Prepare(v1::DownloadResponse& response,
                                             grpc::Status& status) {
  if (final_sent_) {
    status = ToGrpcStatus(job_->outcome());
    return Next::kFinish;
  }
  if (!due_) return Next::kNothing;
  Job::View view = job_->Look();
  due_ = false;
  // Told of a change that the last message showed already.
  if (view.revision == sent_revision_ && !view.final) return Next::kNothing;
  final_sent_ = view.final;
  sent_revision_ = view.revision;
  *response.mutable_download() = std::move(view.download);
  return Next::kWrite;
}

void DownloadStream::ArmTick() {
  const std::weak_ptr<PullStream> weak = weak_from_this();
  absl::MutexLock lock(&mutex());
  if (left_) return;
  tick_ = timer_->CallAfter(interval_, [weak] {
    const auto stream = std::static_pointer_cast<DownloadStream>(weak.lock());
    if (stream != nullptr) stream->Tick();
  });
}

void DownloadStream::Tick() {
  const uint64_t revision = job_->revision();
  {
    absl::MutexLock lock(&mutex());
    if (left_) return;
    if (revision != sent_revision_) due_ = true;
  }
  ArmTick();
  Advance();
}

void DownloadStream::Leave() {
  {
    absl::MutexLock lock(&mutex());
    left_ = true;
    timer_->Cancel(tick_);
  }
  job_->observers().Remove(observing_);
  registry_->Detach(job_);
}

}  // namespace localstore::server
