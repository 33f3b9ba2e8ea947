#include "server/jobs/job_registry.h"

#include <algorithm>
#include <utility>

#include "protos/errors/error.h"
#include "server/convert/time.h"
#include "server/jobs/job_errors.h"
#include "server/jobs/job_log.h"
#include "server/jobs/shared_image.h"
#include "server/logging/log.h"
#include "server/logging/log_context.h"

namespace localstore::server {
namespace {

// Downloads that have ended are looked through this often for those that are
// too old.
constexpr absl::Duration kRetireInterval = absl::Minutes(1);

}  // namespace

JobRegistry::JobRegistry(const Options& options, const Parts& parts)
    : parts_(parts),
      observers_(std::make_shared<JobObservers>()),
      anchor_(std::make_shared<Anchor>()),
      options_(options),
      queue_(std::make_unique<JobQueue>(
          options.queue,
          [this](const std::shared_ptr<Job>& job) { Run(job); })),
      changes_(std::make_shared<JobChanges>(parts.store, observers_.get(),
                                            queue_.get())) {
  {
    absl::MutexLock lock(&anchor_->mutex);
    anchor_->registry = this;
  }
  RetireRegularly();
}

JobRegistry::~JobRegistry() {
  Drain();
  {
    absl::MutexLock lock(&anchor_->mutex);
    anchor_->registry = nullptr;
  }
  absl::MutexLock lock(&mutex_);
  parts_.timer->Cancel(retiring_);
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
  LogInfo("download taken up again", FieldsOf(job->Snapshot()));
  absl::Status status;
  if (ReasonOf(obstacle) == v1::ERROR_REASON_CREDENTIALS_NEEDED) {
    Park(job, obstacle);
  } else {
    status = obstacle.ok() ? queue_->PushAccepted(job) : obstacle;
  }
  if (!status.ok()) return Finish(job, status);
  WithdrawIfStopped(job);
}

absl::StatusOr<std::shared_ptr<Job>> JobRegistry::Attach(DownloadOrder order) {
  Retire();
  const v1::DisconnectPolicy policy = order.request.on_disconnect();
  std::shared_ptr<Job> job;
  absl::Status obstacle;
  {
    absl::MutexLock lock(&mutex_);
    if (draining_) return ServerShutsDown();
    auto found = FindRunning(order);
    const bool there = !found.ok() || *found != nullptr;
    if (!there) found = Prepare(std::move(order), obstacle);
    if (!found.ok()) return found;
    job = *std::move(found);
    job->AddStream(policy);
    if (there) return job;
  }
  const absl::Status launched = Launch(job, obstacle);
  if (!launched.ok()) return launched;
  return job;
}

absl::StatusOr<std::shared_ptr<Job>> JobRegistry::FindRunning(
    const DownloadOrder& order) {
  const JobTable::Entry* entry = table_.Find(order.request.download_id());
  if (entry == nullptr) return nullptr;
  if (entry->job->fingerprint() != order.fingerprint) {
    return IdTaken(*entry->job);
  }
  const bool stopped = entry->job->ended() && !entry->job->completed();
  return stopped || parked_.count(entry->job) > 0 ? nullptr : entry->job;
}

absl::StatusOr<std::shared_ptr<Job>> JobRegistry::Prepare(
    DownloadOrder order, absl::Status& obstacle) {
  absl::Status status = CheckDestination(order);
  if (status.ok()) status = queue_->Reserve();
  if (!status.ok()) return status;
  JobTable::Entry* entry = table_.Find(order.request.download_id());
  if (entry != nullptr && parked_.count(entry->job) > 0) {
    obstacle = FromRpcStatus(entry->job->Snapshot().error());
    return Unpark(std::move(order));
  }
  if (entry != nullptr) Forget(entry->job);
  const auto job =
      std::make_shared<Job>(std::move(order), ++last_sequence_, parts_.timer);
  Enter(job, job->order()->timeout);
  return job;
}

// It stays the same job, with those who watch it.
std::shared_ptr<Job> JobRegistry::Unpark(DownloadOrder order) {
  JobTable::Entry& entry = *table_.Find(order.request.download_id());
  parts_.timer->Cancel(entry.expiry);
  SetExpiry(entry, order.timeout);
  entry.job->Renew(std::move(order));
  parked_.erase(entry.job);
  return entry.job;
}

absl::Status JobRegistry::CheckDestination(const DownloadOrder& order) const {
  const auto holder = table_.HolderOf(order.fetch.destination);
  // One with this id waits for this very request.
  if (holder == nullptr || holder->id() == order.request.download_id()) {
    return absl::OkStatus();
  }
  return DestinationTaken(*holder);
}

void JobRegistry::Enter(const std::shared_ptr<Job>& job,
                        absl::Duration time_left) {
  JobTable::Entry& entry = table_.Insert(job);
  if (job->ended()) {
    entry.over = true;
    table_.NoteEnd(job);
    return;
  }
  job->observers().Add(changes_);
  table_.Hold(job);
  SetExpiry(entry, time_left);
}

void JobRegistry::SetExpiry(JobTable::Entry& entry, absl::Duration time_left) {
  entry.expiry = 0;
  if (time_left == absl::InfiniteDuration()) return;
  entry.expiry = parts_.timer->CallAfter(
      time_left, [anchor = anchor_, weak = std::weak_ptr<Job>(entry.job)]() {
        absl::MutexLock lock(&anchor->mutex);
        const auto expired = weak.lock();
        if (expired == nullptr || anchor->registry == nullptr) return;
        anchor->registry->Stop(expired, DownloadTimedOut(*expired));
      });
}

void JobRegistry::Forget(const std::shared_ptr<Job>& job) {
  JobTable::Entry* entry = table_.EntryOf(*job);
  if (entry == nullptr) return;
  parts_.timer->Cancel(entry->expiry);
  table_.Erase(*job);
}

absl::Status JobRegistry::Launch(const std::shared_ptr<Job>& job,
                                 const absl::Status& obstacle) {
  StoredJob stored;
  stored.sequence = job->sequence();
  stored.request = job->order()->request;
  stored.download = job->Snapshot();
  absl::Status status = parts_.store->Create(stored);
  if (status.ok()) {
    LogInfo("download accepted", {{"download_id", job->id()},
                                  {"destination", job->destination()},
                                  {"sha256", job->sha256()}});
    job->Announce();
    status = queue_->PushReserved(job);
  } else {
    queue_->GiveBack();
    if (!obstacle.ok()) {
      ParkAgain(job, obstacle);
      return status;
    }
  }
  if (!status.ok()) {
    Finish(job, status);
    absl::MutexLock lock(&mutex_);
    Forget(job);
    return status;
  }
  WithdrawIfStopped(job);
  return absl::OkStatus();
}

// Without the caller's stream, which has failed.
void JobRegistry::ParkAgain(const std::shared_ptr<Job>& job,
                            const absl::Status& obstacle) {
  (void)job->RemoveStreamAndTestAbandoned();
  Park(job, obstacle);
  WithdrawIfStopped(job);
}

void JobRegistry::Park(const std::shared_ptr<Job>& job,
                       const absl::Status& obstacle) {
  {
    absl::MutexLock lock(&mutex_);
    parked_.insert(job);
  }
  job->Park(obstacle);
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
  const LogContext context(FieldsOf(job->Snapshot()));
  const absl::Status stopped = job->cancellation().status();
  Finish(job, stopped.ok() ? Fetch(job) : stopped);
}

absl::StatusOr<fetcher::FetchResult> JobRegistry::Fetch(
    const std::shared_ptr<Job>& job) {
  std::vector<std::shared_ptr<Job>> copies;
  {
    absl::MutexLock lock(&mutex_);
    copies = table_.CopiesFor(*job);
  }
  return FetchOrCopy(*job, copies, *parts_.fetcher);
}

void JobRegistry::Stop(const std::shared_ptr<Job>& job,
                       const absl::Status& why) {
  job->cancellation().Request(why);
  WithdrawIfStopped(job);
}

void JobRegistry::Finish(const std::shared_ptr<Job>& job,
                         const absl::StatusOr<fetcher::FetchResult>& result) {
  // Before anyone hears of the end, so that whoever does can use the
  // destination.
  if (IsToDiscard(job, !result.ok())) {
    DiscardPartial(*job);
    Release(job);
  }
  if (!job->Settle(result)) return;
  if (job->ended()) {
    absl::MutexLock lock(&mutex_);
    table_.NoteEnd(job);
  }
  LogEnd(job->Snapshot());
  job->Announce();
}

bool JobRegistry::IsToDiscard(const std::shared_ptr<Job>& job, bool failed) {
  absl::MutexLock lock(&mutex_);
  const JobTable::Entry* entry = table_.EntryOf(*job);
  if (failed && entry != nullptr && entry->discard_partial) return true;
  ReleaseLocked(job);
  return false;
}

void JobRegistry::DiscardPartial(const Job& job) {
  const absl::Status deleted =
      parts_.fetcher->DiscardPartial(job.destination());
  if (deleted.ok()) return;
  const LogContext context(FieldsOf(job.Snapshot()));
  LogWarning("cannot delete a partial file",
             {{"download_id", job.id()},
              {"destination", job.destination()},
              {"error", std::string(deleted.message())}});
}

void JobRegistry::Release(const std::shared_ptr<Job>& job) {
  absl::MutexLock lock(&mutex_);
  ReleaseLocked(job);
}

void JobRegistry::ReleaseLocked(const std::shared_ptr<Job>& job) {
  table_.Release(*job);
  JobTable::Entry* entry = table_.EntryOf(*job);
  if (entry == nullptr) return;
  entry->over = true;
  parts_.timer->Cancel(entry->expiry);
}

void JobRegistry::Detach(const std::shared_ptr<Job>& job) {
  {
    absl::MutexLock lock(&mutex_);
    if (!job->RemoveStreamAndTestAbandoned() || draining_) return;
  }
  Stop(job,
       DownloadCancelled(*job, "when the last stream that watched it ended"));
}

absl::StatusOr<std::shared_ptr<Job>> JobRegistry::Find(
    absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  const JobTable::Entry* entry = table_.Find(id);
  if (entry == nullptr) return NoSuchDownload(id);
  return entry->job;
}

absl::StatusOr<std::shared_ptr<Job>> JobRegistry::Cancel(absl::string_view id,
                                                         bool discard_partial) {
  std::shared_ptr<Job> job;
  bool discard_now = false;
  {
    absl::MutexLock lock(&mutex_);
    JobTable::Entry* entry = table_.Find(id);
    if (entry == nullptr) return NoSuchDownload(id);
    job = entry->job;
    if (discard_partial) entry->discard_partial = true;
    discard_now = discard_partial && entry->over &&
                  table_.FilesOf(*job).unfinished && table_.Hold(job);
  }
  if (discard_now) {
    DiscardPartial(*job);
    Release(job);
  }
  if (!job->final()) Stop(job, DownloadCancelled(*job, "by a caller"));
  return job;
}

bool JobRegistry::Claims(const std::string& destination) const {
  absl::MutexLock lock(&mutex_);
  return table_.CanGoOn(destination);
}

absl::Status JobRegistry::Remove(absl::string_view id, bool delete_file) {
  std::shared_ptr<Job> job;
  bool deletes = false;
  OwnedFiles owned;
  {
    absl::MutexLock lock(&mutex_);
    const JobTable::Entry* entry = table_.Find(id);
    if (entry == nullptr) return NoSuchDownload(id);
    job = entry->job;
    if (!job->ended()) return DownloadNotEnded(*job);
    deletes = delete_file && table_.Hold(job);
    owned = table_.FilesOf(*job);
  }
  if (deletes) {
    const absl::Status deleted = DeleteFiles(*job, owned);
    Release(job);
    if (!deleted.ok()) return deleted;
  }
  {
    absl::MutexLock lock(&mutex_);
    if (table_.EntryOf(*job) == nullptr) return absl::OkStatus();
    Forget(job);
    parts_.store->Remove(job->id());
  }
  // Else a server that is killed now would come back with it, and fetch it.
  parts_.store->Flush();
  return absl::OkStatus();
}

absl::Status JobRegistry::DeleteFiles(const Job& job, OwnedFiles owned) {
  const std::string& destination = job.destination();
  absl::Status status;
  if (owned.unfinished) status = parts_.fetcher->DiscardPartial(destination);
  if (!status.ok() || !owned.image) return status;
  return parts_.files->Delete(destination);
}

std::vector<std::shared_ptr<Job>> JobRegistry::List(uint64_t after,
                                                    int limit) const {
  absl::MutexLock lock(&mutex_);
  return table_.List(after, limit);
}

absl::StatusOr<std::vector<std::shared_ptr<Job>>> JobRegistry::ListOf(
    const std::vector<std::string>& ids, uint64_t after, int limit) const {
  JobsBySequence jobs;
  for (const std::string& id : ids) {
    auto job = Find(id);
    if (!job.ok()) return job.status();
    if ((*job)->sequence() > after) jobs[(*job)->sequence()] = *job;
  }
  std::vector<std::shared_ptr<Job>> page;
  for (auto& entry : jobs) {
    if (static_cast<int>(page.size()) == limit) break;
    page.push_back(std::move(entry.second));
  }
  return page;
}

void JobRegistry::Retire() {
  absl::MutexLock lock(&mutex_);
  const auto outdated =
      table_.Outdated(static_cast<size_t>(options_.max_ended),
                      parts_.timer->Now() - options_.max_ended_age);
  for (const std::shared_ptr<Job>& job : outdated) {
    Forget(job);
    parts_.store->Remove(job->id());
  }
}

void JobRegistry::RetireRegularly() {
  absl::MutexLock lock(&mutex_);
  retiring_ = parts_.timer->CallAfter(kRetireInterval, [anchor = anchor_] {
    absl::MutexLock anchored(&anchor->mutex);
    if (anchor->registry == nullptr) return;
    anchor->registry->Retire();
    anchor->registry->RetireRegularly();
  });
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
    unended = table_.Holders();
  }
  for (const auto& job : unended)
    job->cancellation().Request(ServerShutsDown());
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
