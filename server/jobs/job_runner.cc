#include "server/jobs/job_runner.h"

#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "protos/errors/error.h"
#include "server/jobs/job_errors.h"
#include "server/jobs/job_log.h"
#include "server/jobs/shared_image.h"
#include "server/logging/log.h"
#include "server/logging/log_context.h"

namespace localstore::server {

JobRunner::JobRunner(const JobQueue::Limits& limits, const Parts& parts)
    : parts_(parts),
      queue_(std::make_unique<JobQueue>(
          limits, [this](const std::shared_ptr<Job>& job) { Run(job); })),
      changes_(std::make_shared<JobChanges>(parts.store, parts.observers,
                                            queue_.get())) {}

absl::Status JobRunner::Launch(const std::shared_ptr<Job>& job,
                               const absl::Status& obstacle) {
  StoredJob stored;
  stored.sequence = job->sequence();
  stored.request = job->order()->request;
  stored.download = job->Snapshot();
  stored.client = job->client();
  absl::Status status = parts_.store->Create(stored, kStorePatience);
  if (status.ok()) {
    LogInfo("download accepted", {{"download_id", job->id()},
                                  {"destination", job->destination()},
                                  {"sha256", job->sha256()}});
    job->Announce();
    status = queue_->PushReserved(job);
  } else {
    queue_->GiveBack(stored.client);
    if (!obstacle.ok()) {
      ParkAgain(job, obstacle);
      return status;
    }
    // A disk that was too slow may yet write it.
    parts_.store->Remove(job->sequence());
  }
  if (!status.ok()) {
    Finish(job, status);
    absl::MutexLock lock(&parts_.jobs->mutex);
    parts_.jobs->table.Erase(*job);
    return status;
  }
  WithdrawIfStopped(job);
  return absl::OkStatus();
}

void JobRunner::Resume(const std::shared_ptr<Job>& job,
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

void JobRunner::Stop(const std::shared_ptr<Job>& job, const absl::Status& why) {
  job->cancellation().Request(why);
  WithdrawIfStopped(job);
}

// Without the caller's stream, which has failed.
void JobRunner::ParkAgain(const std::shared_ptr<Job>& job,
                          const absl::Status& obstacle) {
  (void)job->RemoveStreamAndTestAbandoned();
  Park(job, obstacle);
  WithdrawIfStopped(job);
}

void JobRunner::Park(const std::shared_ptr<Job>& job,
                     const absl::Status& obstacle) const {
  {
    absl::MutexLock lock(&parts_.jobs->mutex);
    JobTable::Entry* entry = parts_.jobs->table.EntryOf(*job);
    if (entry != nullptr) entry->parked = true;
  }
  job->Park(obstacle);
}

bool JobRunner::Withdraw(const std::shared_ptr<Job>& job) {
  {
    absl::MutexLock lock(&parts_.jobs->mutex);
    JobTable::Entry* entry = parts_.jobs->table.EntryOf(*job);
    if (entry != nullptr && entry->parked) {
      entry->parked = false;
      return true;
    }
  }
  return queue_->Withdraw(job);
}

void JobRunner::WithdrawIfStopped(const std::shared_ptr<Job>& job) {
  const absl::Status stopped = job->cancellation().status();
  if (!stopped.ok() && Withdraw(job)) Finish(job, stopped);
}

void JobRunner::Run(const std::shared_ptr<Job>& job) {
  const LogContext context(FieldsOf(job->Snapshot()));
  const absl::Status stopped = job->cancellation().status();
  Finish(job, stopped.ok() ? Fetch(job) : stopped);
}

absl::StatusOr<fetcher::FetchResult> JobRunner::Fetch(
    const std::shared_ptr<Job>& job) const {
  std::vector<std::shared_ptr<Job>> copies;
  {
    absl::MutexLock lock(&parts_.jobs->mutex);
    copies = parts_.jobs->table.CopiesFor(*job);
  }
  return FetchOrCopy(*job, copies, *parts_.fetcher);
}

void JobRunner::Finish(const std::shared_ptr<Job>& job,
                       const absl::StatusOr<fetcher::FetchResult>& result) {
  // Before anyone hears of the end, so that whoever does can use the
  // destination.
  if (IsToDiscard(job, !result.ok())) Discard(job);
  if (!job->Settle(result)) return;
  if (job->ended()) {
    absl::MutexLock lock(&parts_.jobs->mutex);
    parts_.jobs->table.NoteEnd(job);
  }
  LogEnd(job->Snapshot());
  job->Announce();
}

bool JobRunner::IsToDiscard(const std::shared_ptr<Job>& job, bool failed) {
  absl::MutexLock lock(&parts_.jobs->mutex);
  const JobTable::Entry* entry = parts_.jobs->table.EntryOf(*job);
  if (failed && entry != nullptr && entry->discard_partial) return true;
  Release(job);
  return false;
}

void JobRunner::Discard(const std::shared_ptr<Job>& job) {
  const absl::Status deleted =
      parts_.fetcher->DiscardPartial(job->destination());
  if (!deleted.ok()) {
    const LogContext context(FieldsOf(job->Snapshot()));
    LogWarning("cannot delete a partial file",
               {{"download_id", job->id()},
                {"destination", job->destination()},
                {"error", std::string(deleted.message())}});
  }
  absl::MutexLock lock(&parts_.jobs->mutex);
  Release(job);
}

void JobRunner::Release(const std::shared_ptr<Job>& job) const {
  parts_.jobs->table.Release(*job);
  JobTable::Entry* entry = parts_.jobs->table.EntryOf(*job);
  if (entry == nullptr) return;
  entry->over = true;
  parts_.timer->Cancel(entry->expiry);
}

void JobRunner::Drain() {
  JobQueue::Jobs waiting = queue_->Close();
  std::vector<std::shared_ptr<Job>> unended;
  {
    absl::MutexLock lock(&parts_.jobs->mutex);
    const auto parked = parts_.jobs->table.Parked();
    waiting.insert(waiting.end(), parked.begin(), parked.end());
    unended = parts_.jobs->table.Holders();
  }
  for (const auto& job : unended)
    job->cancellation().Request(ServerShutsDown());
  for (const auto& job : waiting) Finish(job, job->cancellation().status());
  queue_->Join();
}

}  // namespace localstore::server
