#include "server/rpc/watch_stream.h"

#include <limits>
#include <utility>

namespace localstore::server {
namespace {

constexpr absl::Duration kProgressInterval = absl::Seconds(1);

}  // namespace

std::shared_ptr<WatchStream> WatchStream::Start(
    const std::vector<std::shared_ptr<Job>>& jobs, JobRegistry* registry,
    Timer* timer) {
  std::shared_ptr<WatchStream> stream(
      new WatchStream(jobs.empty(), registry, timer));
  stream->Own();
  std::vector<std::shared_ptr<Job>> first = jobs;
  if (stream->all_) {
    stream->observing_all_ = registry->observers().Add(stream);
    for (auto& job : registry->List(0, std::numeric_limits<int>::max())) {
      if (!job->ended()) first.push_back(std::move(job));
    }
  }
  for (const auto& job : first) {
    const JobObservers::Id observing =
        stream->all_ ? 0 : job->observers().Add(stream);
    absl::MutexLock lock(&stream->mutex());
    stream->MarkDue(job);
    stream->watched_[job->sequence()].observing = observing;
  }
  stream->ArmTick();
  stream->Advance();
  return stream;
}

WatchStream::WatchStream(bool all, JobRegistry* registry, Timer* timer)
    : all_(all), registry_(registry), timer_(timer) {}

void WatchStream::OnJobChanged(const std::shared_ptr<Job>& job) {
  {
    absl::MutexLock lock(&mutex());
    if (left_) return;
    // A job that was named and whose end was sent is no longer watched.
    if (!all_ && watched_.count(job->sequence()) == 0) return;
    MarkDue(job);
  }
  Advance();
}

void WatchStream::MarkDue(const std::shared_ptr<Job>& job) {
  Watched& watched = watched_[job->sequence()];
  watched.job = job;
  if (watched.due) return;
  watched.due = true;
  due_.push_back(job->sequence());
}

WatchStream::Next WatchStream::Prepare(v1::WatchResponse& response,
                                       grpc::Status& status) {
  if (due_.empty()) {
    if (all_ || !watched_.empty()) return Next::kNothing;
    status = grpc::Status::OK;
    return Next::kFinish;
  }
  const auto found = watched_.find(due_.front());
  due_.pop_front();
  Watched& watched = found->second;
  watched.due = false;
  Job::View view = watched.job->Look();
  watched.sent_revision = view.revision;
  *response.mutable_download() = std::move(view.download);
  if (view.final) {
    watched.job->observers().Remove(watched.observing);
    watched_.erase(found);
  }
  return Next::kWrite;
}

void WatchStream::ArmTick() {
  const std::weak_ptr<PullStream> weak = weak_from_this();
  absl::MutexLock lock(&mutex());
  if (left_) return;
  tick_ = timer_->CallAfter(kProgressInterval, [weak] {
    const auto stream = std::static_pointer_cast<WatchStream>(weak.lock());
    if (stream != nullptr) stream->Tick();
  });
}

void WatchStream::Tick() {
  {
    absl::MutexLock lock(&mutex());
    for (auto& entry : watched_) {
      Watched& watched = entry.second;
      if (watched.due || watched.job->revision() == watched.sent_revision) {
        continue;
      }
      watched.due = true;
      due_.push_back(entry.first);
    }
  }
  ArmTick();
  Advance();
}

void WatchStream::Leave() {
  registry_->observers().Remove(observing_all_);
  absl::MutexLock lock(&mutex());
  left_ = true;
  timer_->Cancel(tick_);
  for (const auto& entry : watched_) {
    entry.second.job->observers().Remove(entry.second.observing);
  }
  watched_.clear();
  due_.clear();
}

}  // namespace localstore::server
