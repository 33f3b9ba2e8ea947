#include "server/store/pending_changes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::server {

std::shared_ptr<PendingChanges> PendingChanges::Create(Timer* timer) {
  return std::shared_ptr<PendingChanges>(new PendingChanges(timer));
}

absl::Status PendingChanges::Create(const StoredJob& job,
                                    absl::Duration patience) {
  const auto creation = std::make_shared<JobCreation>(job);
  {
    absl::MutexLock lock(&mutex_);
    creations_.push_back(creation);
  }
  const Timer::Id end_of_patience = timer_->CallAfter(
      patience, [weak = weak_from_this(), creation, patience] {
        if (const auto held = weak.lock()) held->GiveUp(creation, patience);
      });
  absl::Status status = creation->Wait();
  timer_->Cancel(end_of_patience);
  return status;
}

void PendingChanges::GiveUp(const std::shared_ptr<JobCreation>& creation,
                            absl::Duration patience) {
  absl::MutexLock lock(&mutex_);
  creations_.erase(std::remove(creations_.begin(), creations_.end(), creation),
                   creations_.end());
  creation->Settle(TooLate(patience));
}

void PendingChanges::Update(uint64_t sequence, const v1::Download& download) {
  absl::MutexLock lock(&mutex_);
  Change& change = changes_[sequence];
  if (change.remove) return;
  change.download = download;
  if (download.attempt() > 0) {
    change.attempts[download.attempt()] = download;
  }
}

void PendingChanges::Remove(uint64_t sequence) {
  absl::MutexLock lock(&mutex_);
  Change& change = changes_[sequence];
  change = Change();
  change.remove = true;
}

void PendingChanges::Flush(absl::Duration patience, JobStore::Done done) {
  absl::MutexLock lock(&mutex_);
  const uint64_t flush = ++flushes_asked_;
  Waiter& waiter = waiters_[flush];
  waiter.done = std::move(done);
  waiter.end_of_patience =
      timer_->CallAfter(patience, [weak = weak_from_this(), flush, patience] {
        if (const auto held = weak.lock()) held->GiveUp(flush, patience);
      });
}

void PendingChanges::GiveUp(uint64_t flush, absl::Duration patience) {
  Waiter waiter;
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = waiters_.find(flush);
    if (found == waiters_.end()) return;
    waiter = std::move(found->second);
    waiters_.erase(found);
    status = TooLate(patience);
  }
  waiter.done(status);
}

absl::Status PendingChanges::TooLate(absl::Duration patience) const {
  return MakeError(v1::ERROR_REASON_STORAGE_FAILED,
                   absl::StrCat("the store was not written within ",
                                absl::FormatDuration(patience), " (",
                                failure_.ok() ? "the disk does not answer"
                                              : std::string(failure_.message()),
                                ")"));
}

void PendingChanges::Stop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
}

bool PendingChanges::HasWork() const {
  return stopping_ || !creations_.empty() || flushes_asked_ > flushes_done_ ||
         (!changes_.empty() && !resting_);
}

PendingChanges::Batch PendingChanges::Take() {
  const auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return HasWork();
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&has_work));
  Batch batch;
  batch.creations.swap(creations_);
  batch.changes.swap(changes_);
  batch.last_flush = flushes_asked_;
  batch.last = stopping_;
  return batch;
}

void PendingChanges::Settle(Batch batch, const absl::Status& status) {
  std::vector<Waiter> waiters;
  {
    absl::MutexLock lock(&mutex_);
    failure_ = status;
    flushes_done_ = batch.last_flush;
    const auto end = waiters_.upper_bound(batch.last_flush);
    for (auto it = waiters_.begin(); it != end; ++it) {
      waiters.push_back(std::move(it->second));
    }
    waiters_.erase(waiters_.begin(), end);
    if (!status.ok()) {
      PutBack(std::move(batch.changes));
      RetryLater();
    }
  }
  for (const Waiter& waiter : waiters) {
    timer_->Cancel(waiter.end_of_patience);
    waiter.done(status);
  }
}

void PendingChanges::PutBack(Changes changes) {
  for (auto& entry : changes) {
    const auto placed =
        changes_.try_emplace(entry.first, std::move(entry.second));
    if (placed.second) continue;
    if (entry.second.remove || placed.first->second.remove) {
      placed.first->second = Change();
      placed.first->second.remove = true;
      continue;
    }
    for (auto& attempt : entry.second.attempts) {
      placed.first->second.attempts.insert(std::move(attempt));
    }
  }
}

// By the timer, not by how long a condition is waited for: that follows the
// time of day, which may be set.
void PendingChanges::RetryLater() {
  if (std::exchange(resting_, true)) return;
  timer_->CallAfter(kRetryInterval, [weak = weak_from_this()] {
    const auto held = weak.lock();
    if (held == nullptr) return;
    absl::MutexLock lock(&held->mutex_);
    held->resting_ = false;
  });
}

}  // namespace localstore::server
