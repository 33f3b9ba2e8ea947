#include "server/jobs/job_registry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"
#include "server/convert/time.h"
#include "server/jobs/job_log.h"
#include "server/logging/log.h"

namespace localstore::server {
namespace {

absl::Status ShuttingDown() {
  return MakeError(v1::ERROR_REASON_SHUTTING_DOWN,
                   "the server is shutting down; the download goes on when it "
                   "is back");
}

// With what it was that took so long, where an attempt has failed.
absl::Status TimedOut(const Job& job) {
  std::string message =
      absl::StrCat("download ", job.id(), " did not end within its timeout of ",
                   absl::FormatDuration(job.order().timeout));
  const v1::Download download = job.Snapshot();
  if (download.has_error()) {
    absl::StrAppend(&message,
                    "; its last attempt failed: ", download.error().message());
  }
  return MakeError(v1::ERROR_REASON_DEADLINE_EXCEEDED, message,
                   {{"download_id", job.id()}});
}

absl::Status CancelledBy(const Job& job, absl::string_view how) {
  return MakeError(v1::ERROR_REASON_CANCELLED,
                   absl::StrCat("download ", job.id(), " was cancelled ", how),
                   {{"download_id", job.id()}});
}

absl::Status NotFound(absl::string_view id) {
  return MakeError(v1::ERROR_REASON_DOWNLOAD_NOT_FOUND,
                   absl::StrCat("there is no download with the id \"", id,
                                "\"; it may have been removed, or forgotten "
                                "some time after it ended"),
                   {{"download_id", std::string(id)}});
}

absl::Status OtherRequest(const Job& job) {
  return MakeError(
      v1::ERROR_REASON_DOWNLOAD_CONFLICT,
      absl::StrCat("the id \"", job.id(),
                   "\" belongs to a download of another request (to \"",
                   job.order().fetch.destination,
                   "\"); repeat that request to attach to it, or choose "
                   "another id"),
      {{"download_id", job.id()},
       {"destination", job.order().fetch.destination}});
}

}  // namespace

// Writes each change of state down.
class JobRegistry::StoreObserver : public JobObserver {
 public:
  explicit StoreObserver(JobStore* store) : store_(store) {}
  void OnJobChanged(const std::shared_ptr<Job>& job) override {
    store_->Update(job->Snapshot());
  }

 private:
  JobStore* const store_;
};

JobRegistry::JobRegistry(const Options& options, const Parts& parts)
    : parts_(parts),
      observers_(std::make_shared<JobObservers>()),
      store_observer_(std::make_shared<StoreObserver>(parts.store)),
      anchor_(std::make_shared<Anchor>()),
      options_(options),
      queue_(std::make_unique<JobQueue>(
          options.queue,
          [this](const std::shared_ptr<Job>& job) { Run(job); })) {
  absl::MutexLock lock(&anchor_->mutex);
  anchor_->registry = this;
}

JobRegistry::~JobRegistry() {
  Drain();
  absl::MutexLock lock(&anchor_->mutex);
  anchor_->registry = nullptr;
}

void JobRegistry::Restore(DownloadOrder order, const StoredJob& stored,
                          const absl::Status& obstacle) {
  const absl::Duration time_left =
      order.timeout -
      (parts_.timer->Now() - FromProto(stored.download.create_time()));
  const auto job = std::make_shared<Job>(std::move(order), stored.sequence,
                                         stored.download, parts_.timer);
  {
    absl::MutexLock lock(&mutex_);
    last_sequence_ = std::max(last_sequence_, stored.sequence);
    Enter(job, time_left);
  }
  if (!job->ended()) Resume(job, obstacle);
}

void JobRegistry::Resume(const std::shared_ptr<Job>& job,
                         const absl::Status& obstacle) {
  LogInfo("download taken up again", {{"download_id", job->id()}});
  absl::Status status = obstacle;
  if (ReasonOf(obstacle) == v1::ERROR_REASON_CREDENTIALS_NEEDED) {
    absl::MutexLock lock(&mutex_);
    parked_.insert(job);
    status = absl::OkStatus();
  } else if (status.ok()) {
    status = queue_->PushAccepted(job);
  }
  if (!status.ok()) return Finish(job, status);
  if (!obstacle.ok()) job->Park(obstacle);
  WithdrawIfStopped(job);
}

absl::StatusOr<std::shared_ptr<Job>> JobRegistry::Attach(DownloadOrder order) {
  Retire();
  std::shared_ptr<Job> job;
  {
    absl::MutexLock lock(&mutex_);
    if (draining_) return ShuttingDown();
    const auto found = by_id_.find(order.request.download_id());
    if (found != by_id_.end()) {
      const std::shared_ptr<Job>& known = found->second.job;
      if (known->order().fingerprint != order.fingerprint) {
        return OtherRequest(*known);
      }
      if (!IsToRestart(known)) {
        known->AddStream(order.request.on_disconnect());
        return known;
      }
    }
    absl::Status status = CheckDestination(order);
    if (status.ok()) status = queue_->Reserve();
    if (!status.ok()) return status;
    if (found != by_id_.end()) Forget(order.request.download_id());
    job =
        std::make_shared<Job>(std::move(order), ++last_sequence_, parts_.timer);
    job->AddStream(job->order().request.on_disconnect());
    Enter(job, job->order().timeout);
  }
  const absl::Status launched = Launch(job);
  if (!launched.ok()) return launched;
  return job;
}

bool JobRegistry::IsToRestart(const std::shared_ptr<Job>& job) const {
  return parked_.count(job) > 0 || (job->ended() && !job->outcome().ok());
}

absl::Status JobRegistry::CheckDestination(const DownloadOrder& order) const {
  const auto found = by_destination_.find(order.fetch.destination);
  if (found == by_destination_.end()) return absl::OkStatus();
  const Job& other = *found->second;
  // It waits for this very request.
  if (other.id() == order.request.download_id()) return absl::OkStatus();
  return MakeError(
      v1::ERROR_REASON_DOWNLOAD_CONFLICT,
      absl::StrCat("download ", other.id(), " is on its way to \"",
                   order.fetch.destination,
                   "\"; attach to it by its id, cancel it, or choose another "
                   "destination"),
      {{"download_id", other.id()}, {"destination", order.fetch.destination}});
}

void JobRegistry::Enter(const std::shared_ptr<Job>& job,
                        absl::Duration time_left) {
  job->observers().Add(store_observer_);
  job->observers().Add(observers_);
  Entry entry;
  entry.job = job;
  if (!job->ended()) {
    by_destination_[job->order().fetch.destination] = job;
    if (time_left < absl::InfiniteDuration()) {
      entry.expiry = parts_.timer->CallAfter(
          time_left, [anchor = anchor_, weak = std::weak_ptr<Job>(job)]() {
            absl::MutexLock lock(&anchor->mutex);
            const auto expired = weak.lock();
            if (expired == nullptr || anchor->registry == nullptr) return;
            anchor->registry->Stop(expired, TimedOut(*expired));
          });
    }
  }
  by_id_[job->id()] = std::move(entry);
  by_sequence_[job->sequence()] = job;
}

void JobRegistry::Forget(const std::string& id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  parts_.timer->Cancel(found->second.expiry);
  by_sequence_.erase(found->second.job->sequence());
  parked_.erase(found->second.job);
  by_id_.erase(found);
}

absl::Status JobRegistry::Launch(const std::shared_ptr<Job>& job) {
  StoredJob stored;
  stored.sequence = job->sequence();
  stored.request = job->order().request;
  stored.download = job->Snapshot();
  absl::Status status = parts_.store->Create(stored);
  if (status.ok()) {
    LogInfo("download accepted",
            {{"download_id", job->id()},
             {"destination", job->order().fetch.destination},
             {"sha256", job->order().fetch.sha256}});
    observers_->OnJobChanged(job);
    status = queue_->PushReserved(job);
  } else {
    queue_->GiveBack();
  }
  if (!status.ok()) {
    Finish(job, status);
    absl::MutexLock lock(&mutex_);
    Forget(job->id());
    return status;
  }
  WithdrawIfStopped(job);
  return absl::OkStatus();
}

void JobRegistry::WithdrawIfStopped(const std::shared_ptr<Job>& job) {
  const absl::Status stopped = job->cancellation().status();
  if (!stopped.ok() && Withdraw(job)) Finish(job, stopped);
}

bool JobRegistry::Withdraw(const std::shared_ptr<Job>& job) {
  {
    absl::MutexLock lock(&mutex_);
    if (parked_.erase(job) > 0) return true;
  }
  return queue_->Withdraw(job);
}

void JobRegistry::Run(const std::shared_ptr<Job>& job) {
  const absl::Status stopped = job->cancellation().status();
  if (!stopped.ok()) return Finish(job, stopped);
  job->Begin();
  Finish(job,
         parts_.fetcher->Fetch(job->order().fetch, *job, job->cancellation()));
}

void JobRegistry::Stop(const std::shared_ptr<Job>& job,
                       const absl::Status& why) {
  job->cancellation().Request(why);
  WithdrawIfStopped(job);
}

void JobRegistry::Finish(const std::shared_ptr<Job>& job,
                         const absl::StatusOr<fetcher::FetchResult>& result) {
  if (!result.ok() && IsToDiscard(*job)) DiscardPartial(*job);
  // Before anyone hears of the end, so that whoever does can use the
  // destination.
  Release(job);
  job->End(result);
  LogEnd(job->Snapshot());
}

void JobRegistry::DiscardPartial(const Job& job) {
  const absl::Status deleted =
      parts_.fetcher->DiscardPartial(job.order().fetch.destination);
  if (deleted.ok()) return;
  LogWarning("cannot delete a partial file",
             {{"download_id", job.id()},
              {"destination", job.order().fetch.destination},
              {"error", std::string(deleted.message())}});
}

bool JobRegistry::IsToDiscard(const Job& job) const {
  absl::MutexLock lock(&mutex_);
  const auto found = by_id_.find(job.id());
  return found != by_id_.end() && found->second.job.get() == &job &&
         found->second.discard_partial;
}

void JobRegistry::Release(const std::shared_ptr<Job>& job) {
  absl::MutexLock lock(&mutex_);
  const auto held = by_destination_.find(job->order().fetch.destination);
  if (held != by_destination_.end() && held->second == job) {
    by_destination_.erase(held);
  }
  const auto found = by_id_.find(job->id());
  if (found != by_id_.end() && found->second.job == job) {
    parts_.timer->Cancel(found->second.expiry);
  }
}

void JobRegistry::Detach(const std::shared_ptr<Job>& job) {
  {
    absl::MutexLock lock(&mutex_);
    if (!job->RemoveStreamAndTestAbandoned() || draining_) return;
  }
  Stop(job, CancelledBy(*job, "when the last stream that watched it ended"));
}

absl::StatusOr<std::shared_ptr<Job>> JobRegistry::Find(
    absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return NotFound(id);
  return found->second.job;
}

absl::StatusOr<std::shared_ptr<Job>> JobRegistry::Cancel(absl::string_view id,
                                                         bool discard_partial) {
  std::shared_ptr<Job> job;
  bool discard_now = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return NotFound(id);
    job = found->second.job;
    if (discard_partial) found->second.discard_partial = true;
    discard_now = discard_partial && job->ended() &&
                  FilesOf(*job, by_sequence_).unfinished && Hold(job);
  }
  if (discard_now) {
    DiscardPartial(*job);
    Release(job);
  }
  if (!job->final()) Stop(job, CancelledBy(*job, "by a caller"));
  return job;
}

absl::Status JobRegistry::Remove(absl::string_view id, bool delete_file) {
  std::shared_ptr<Job> job;
  bool deletes = false;
  OwnedFiles owned;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return NotFound(id);
    job = found->second.job;
    if (!job->ended()) {
      return MakeError(
          v1::ERROR_REASON_DOWNLOAD_ACTIVE,
          absl::StrCat("download ", id, " has not ended; cancel it first"),
          {{"download_id", std::string(id)}});
    }
    deletes = delete_file && Hold(job);
    owned = FilesOf(*job, by_sequence_);
  }
  if (deletes) {
    const absl::Status deleted = DeleteFiles(*job, owned);
    Release(job);
    if (!deleted.ok()) return deleted;
  }
  absl::MutexLock lock(&mutex_);
  Forget(job->id());
  parts_.store->Remove(job->id());
  return absl::OkStatus();
}

bool JobRegistry::Hold(const std::shared_ptr<Job>& job) {
  return by_destination_.emplace(job->order().fetch.destination, job).second;
}

absl::Status JobRegistry::DeleteFiles(const Job& job, OwnedFiles owned) {
  const std::string& destination = job.order().fetch.destination;
  absl::Status status;
  if (owned.unfinished) status = parts_.fetcher->DiscardPartial(destination);
  if (!status.ok() || !owned.image) return status;
  return parts_.files->Delete(destination);
}

std::vector<std::shared_ptr<Job>> JobRegistry::List(uint64_t after,
                                                    int limit) const {
  std::vector<std::shared_ptr<Job>> jobs;
  absl::MutexLock lock(&mutex_);
  for (auto it = by_sequence_.upper_bound(after);
       it != by_sequence_.end() && static_cast<int>(jobs.size()) < limit;
       ++it) {
    jobs.push_back(it->second);
  }
  return jobs;
}

void JobRegistry::Retire() {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<Job>> ended;
  for (const auto& entry : by_sequence_) {
    if (entry.second->ended()) ended.push_back(entry.second);
  }
  const absl::Time too_old = parts_.timer->Now() - options_.max_ended_age;
  const size_t too_many =
      ended.size() -
      std::min(ended.size(), static_cast<size_t>(options_.max_ended));
  for (size_t i = 0; i < ended.size(); ++i) {
    if (i >= too_many &&
        FromProto(ended[i]->Snapshot().end_time()) >= too_old) {
      continue;
    }
    Forget(ended[i]->id());
    parts_.store->Remove(ended[i]->id());
  }
}

void JobRegistry::Drain() {
  std::vector<std::shared_ptr<Job>> waiting;
  std::vector<std::shared_ptr<Job>> unended;
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    waiting = queue_->Close();
    waiting.insert(waiting.end(), parked_.begin(), parked_.end());
    parked_.clear();
    for (const auto& entry : by_destination_) unended.push_back(entry.second);
  }
  for (const auto& job : unended) job->cancellation().Request(ShuttingDown());
  for (const auto& job : waiting) {
    Finish(job, job->cancellation().status());
  }
  queue_->Join();
  parts_.store->Flush();
}

void JobRegistry::SetOptions(const Options& options) {
  absl::MutexLock lock(&mutex_);
  options_ = options;
  queue_->SetLimits(options.queue);
}

}  // namespace localstore::server
