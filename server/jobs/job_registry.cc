#include "server/jobs/job_registry.h"

#include <algorithm>
#include <utility>

#include "absl/synchronization/notification.h"
#include "protos/errors/error.h"
#include "server/convert/time.h"
#include "server/jobs/job_errors.h"
#include "server/logging/log.h"

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
      runner_(options.queue, {parts.fetcher, parts.store, parts.timer, &jobs_,
                              observers_.get()}) {
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
  absl::MutexLock lock(&jobs_.mutex);
  parts_.timer->Cancel(retiring_);
}

void JobRegistry::Restore(DownloadOrder order, StoredJob stored,
                          const absl::Status& obstacle) {
  order.client = std::move(stored.client);
  const absl::Duration time_left =
      order.timeout -
      (parts_.timer->Now() - FromProto(stored.download.create_time()));
  const auto job =
      std::make_shared<Job>(std::move(order), stored.sequence,
                            std::move(stored.download), parts_.timer);
  bool entered = false;
  {
    absl::MutexLock lock(&jobs_.mutex);
    last_sequence_ = std::max(last_sequence_, stored.sequence);
    entered = jobs_.table.Find(job->id()) == nullptr;
    if (entered) Enter(job, time_left);
  }
  if (!entered) {
    LogError("a stored download is there twice; the second is left out",
             {{"download_id", job->id()}});
    return;
  }
  if (!job->ended()) runner_.Resume(job, obstacle);
}

void JobRegistry::NumberAfter(uint64_t sequence) {
  absl::MutexLock lock(&jobs_.mutex);
  last_sequence_ = std::max(last_sequence_, sequence);
}

absl::StatusOr<std::shared_ptr<Job>> JobRegistry::Attach(DownloadOrder order) {
  Retire();
  const v1::DisconnectPolicy policy = order.request.on_disconnect();
  std::shared_ptr<Job> job;
  absl::Status obstacle;
  {
    absl::MutexLock lock(&jobs_.mutex);
    if (draining_) return ServerShutsDown();
    auto found = FindRunning(order);
    const bool there = !found.ok() || *found != nullptr;
    if (!there) found = Prepare(std::move(order), obstacle);
    if (!found.ok()) return found;
    job = *std::move(found);
    job->AddStream(policy);
    if (there) return job;
  }
  const absl::Status launched = runner_.Launch(job, obstacle);
  if (!launched.ok()) return launched;
  return job;
}

absl::StatusOr<std::shared_ptr<Job>> JobRegistry::FindRunning(
    const DownloadOrder& order) {
  const JobTable::Entry* entry = jobs_.table.Find(order.request.download_id());
  if (entry == nullptr) return nullptr;
  if (entry->job->fingerprint() != order.fingerprint) {
    return IdTaken(*entry->job);
  }
  const bool stopped = entry->job->ended() && !entry->job->completed();
  return stopped || entry->parked ? nullptr : entry->job;
}

absl::StatusOr<std::shared_ptr<Job>> JobRegistry::Prepare(
    DownloadOrder order, absl::Status& obstacle) {
  absl::Status status = CheckDestination(order);
  if (status.ok()) status = runner_.queue().Reserve(order.client);
  if (!status.ok()) return status;
  JobTable::Entry* entry = jobs_.table.Find(order.request.download_id());
  if (entry != nullptr && entry->parked) {
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
  JobTable::Entry& entry = *jobs_.table.Find(order.request.download_id());
  parts_.timer->Cancel(entry.expiry);
  SetExpiry(entry, order.timeout);
  entry.job->Renew(std::move(order));
  entry.parked = false;
  return entry.job;
}

absl::Status JobRegistry::CheckDestination(const DownloadOrder& order) const {
  const auto holder = jobs_.table.HolderOf(order.fetch.destination);
  // One with this id waits for this very request.
  if (holder == nullptr || holder->id() == order.request.download_id()) {
    return absl::OkStatus();
  }
  return DestinationTaken(*holder);
}

void JobRegistry::Enter(const std::shared_ptr<Job>& job,
                        absl::Duration time_left) {
  JobTable::Entry& entry = jobs_.table.Insert(job);
  if (job->ended()) {
    entry.over = true;
    jobs_.table.NoteEnd(job);
    return;
  }
  job->observers().Add(runner_.changes());
  jobs_.table.Hold(job);
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
        anchor->registry->runner_.Stop(expired, DownloadTimedOut(*expired));
      });
}

void JobRegistry::Forget(const std::shared_ptr<Job>& job) {
  JobTable::Entry* entry = jobs_.table.EntryOf(*job);
  if (entry == nullptr) return;
  parts_.timer->Cancel(entry->expiry);
  jobs_.table.Erase(*job);
}

void JobRegistry::Detach(const std::shared_ptr<Job>& job) {
  {
    absl::MutexLock lock(&jobs_.mutex);
    if (!job->RemoveStreamAndTestAbandoned() || draining_) return;
  }
  runner_.Stop(job, DownloadCancelled(
                        *job, "when the last stream that watched it ended"));
}

absl::StatusOr<std::shared_ptr<Job>> JobRegistry::Find(
    absl::string_view id) const {
  absl::MutexLock lock(&jobs_.mutex);
  const JobTable::Entry* entry = jobs_.table.Find(id);
  if (entry == nullptr) return NoSuchDownload(id);
  return entry->job;
}

absl::StatusOr<std::shared_ptr<Job>> JobRegistry::Cancel(absl::string_view id,
                                                         bool discard_partial) {
  std::shared_ptr<Job> job;
  bool discard_now = false;
  {
    absl::MutexLock lock(&jobs_.mutex);
    JobTable::Entry* entry = jobs_.table.Find(id);
    if (entry == nullptr) return NoSuchDownload(id);
    job = entry->job;
    if (discard_partial) entry->discard_partial = true;
    discard_now = discard_partial && entry->over &&
                  jobs_.table.FilesOf(*job).unfinished && jobs_.table.Hold(job);
  }
  if (discard_now) runner_.Discard(job);
  if (!job->final()) runner_.Stop(job, DownloadCancelled(*job, "by a caller"));
  return job;
}

void JobRegistry::Persist(const std::shared_ptr<Job>& job,
                          JobStore::Done done) {
  // The change that ended it may be on its way there.
  runner_.changes()->Record(job);
  parts_.store->Flush(kStorePatience, std::move(done));
}

bool JobRegistry::Claims(const std::string& destination) const {
  absl::MutexLock lock(&jobs_.mutex);
  return jobs_.table.CanGoOn(destination);
}

void JobRegistry::Remove(absl::string_view id, bool delete_file,
                         JobStore::Done done) {
  const auto job = Find(id);
  const absl::Status removed =
      job.ok() ? RemoveNow(*job, delete_file) : job.status();
  if (!removed.ok()) return done(removed);
  // Else a server that is killed now would come back with it, and fetch it.
  parts_.store->Flush(
      kStorePatience,
      [done = std::move(done), id = (*job)->id()](const absl::Status& status) {
        done(status.ok() ? status : NotTakenDown(id, "removed", status));
      });
}

absl::Status JobRegistry::RemoveNow(const std::shared_ptr<Job>& job,
                                    bool delete_file) {
  bool deletes = false;
  OwnedFiles owned;
  {
    absl::MutexLock lock(&jobs_.mutex);
    if (!job->ended()) return DownloadNotEnded(*job);
    deletes = delete_file && jobs_.table.Hold(job);
    owned = jobs_.table.FilesOf(*job);
  }
  absl::Status deleted;
  if (deletes) deleted = DeleteFiles(*job, owned);
  absl::MutexLock lock(&jobs_.mutex);
  if (deletes) jobs_.table.Release(*job);
  if (!deleted.ok()) return deleted;
  if (jobs_.table.EntryOf(*job) == nullptr) return absl::OkStatus();
  Forget(job);
  parts_.store->Remove(job->sequence());
  return absl::OkStatus();
}

absl::Status JobRegistry::DeleteFiles(const Job& job, OwnedFiles owned) const {
  const std::string& destination = job.destination();
  absl::Status status;
  if (owned.unfinished) status = parts_.fetcher->DiscardPartial(destination);
  if (!status.ok() || !owned.image) return status;
  return parts_.files->Delete(destination);
}

std::vector<std::shared_ptr<Job>> JobRegistry::List(uint64_t after,
                                                    int limit) const {
  absl::MutexLock lock(&jobs_.mutex);
  return jobs_.table.List(after, limit);
}

absl::StatusOr<std::vector<std::shared_ptr<Job>>> JobRegistry::ListOf(
    const std::vector<std::string>& ids, uint64_t after, int limit) const {
  absl::MutexLock lock(&jobs_.mutex);
  return jobs_.table.ListOf(ids, after, limit);
}

void JobRegistry::Retire() {
  absl::MutexLock lock(&jobs_.mutex);
  const auto outdated =
      jobs_.table.Outdated(static_cast<size_t>(options_.max_ended),
                           parts_.timer->Now() - options_.max_ended_age);
  for (const std::shared_ptr<Job>& job : outdated) {
    Forget(job);
    parts_.store->Remove(job->sequence());
  }
}

void JobRegistry::RetireRegularly() {
  absl::MutexLock lock(&jobs_.mutex);
  retiring_ = parts_.timer->CallAfter(kRetireInterval, [anchor = anchor_] {
    absl::MutexLock anchored(&anchor->mutex);
    if (anchor->registry == nullptr) return;
    anchor->registry->Retire();
    anchor->registry->RetireRegularly();
  });
}

void JobRegistry::Drain() {
  {
    absl::MutexLock lock(&jobs_.mutex);
    draining_ = true;
  }
  runner_.Drain();
  absl::Notification written;
  parts_.store->Flush(kStorePatience,
                      [&written](const absl::Status&) { written.Notify(); });
  written.WaitForNotification();
}

void JobRegistry::SetOptions(const Options& options) {
  absl::MutexLock lock(&jobs_.mutex);
  options_ = options;
  runner_.queue().SetLimits(options.queue);
}

}  // namespace localstore::server
