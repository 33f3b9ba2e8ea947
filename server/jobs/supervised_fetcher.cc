#include "server/jobs/supervised_fetcher.h"

#include <algorithm>
#include <utility>

namespace localstore::server {

SupervisedFetcher::SupervisedFetcher(
    std::unique_ptr<fetcher::ImageFetcher> inner, const Timer* timer)
    : ForwardingFetcher(std::move(inner)), timer_(timer) {}

absl::StatusOr<fetcher::FetchResult> SupervisedFetcher::Fetch(
    const fetcher::FetchRequest& request, fetcher::FetchObserver& observer,
    fetcher::Cancellation& cancellation) {
  uint64_t number = 0;
  {
    absl::MutexLock lock(&mutex_);
    number = ++last_number_;
  }
  absl::StatusOr<fetcher::FetchResult> result;
  {
    const fetcher::Cancellation::Registration stopped(
        cancellation, [this, number] { NoteStopped(number); });
    result = ForwardingFetcher::Fetch(request, observer, cancellation);
  }
  NoteEnded(number);
  return result;
}

bool SupervisedFetcher::Hangs() const {
  const absl::Duration now = timer_->Elapsed();
  absl::MutexLock lock(&mutex_);
  return std::any_of(
      stopped_.begin(), stopped_.end(),
      [now](const auto& entry) { return now - entry.second > kPatience; });
}

void SupervisedFetcher::NoteStopped(uint64_t number) {
  const absl::Duration now = timer_->Elapsed();
  absl::MutexLock lock(&mutex_);
  stopped_[number] = now;
}

void SupervisedFetcher::NoteEnded(uint64_t number) {
  absl::MutexLock lock(&mutex_);
  stopped_.erase(number);
}

}  // namespace localstore::server
