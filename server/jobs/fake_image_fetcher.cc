#include "server/jobs/fake_image_fetcher.h"

#include <utility>

#include "absl/time/time.h"

namespace localstore::server {
namespace {

constexpr absl::Duration kHang = absl::Seconds(30);

}  // namespace

void FakeImageFetcher::Call::Return(
    absl::StatusOr<fetcher::FetchResult> result) {
  absl::MutexLock lock(&mutex_);
  if (done_) return;
  done_ = true;
  result_ = std::move(result);
}

std::shared_ptr<FakeImageFetcher::Call> FakeImageFetcher::WaitForCall(
    size_t number) {
  const auto there = [this, number]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return calls_.size() > number;
  };
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithTimeout(absl::Condition(&there), kHang)) return nullptr;
  return calls_[number];
}

size_t FakeImageFetcher::calls() const {
  absl::MutexLock lock(&mutex_);
  return calls_.size();
}

void FakeImageFetcher::SetValidation(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  validation_ = std::move(status);
}

absl::Status FakeImageFetcher::Validate(const fetcher::FetchRequest&) const {
  absl::MutexLock lock(&mutex_);
  return validation_;
}

absl::StatusOr<fetcher::FetchResult> FakeImageFetcher::Fetch(
    const fetcher::FetchRequest& request, fetcher::FetchObserver& observer,
    fetcher::Cancellation& cancellation) {
  const auto call = std::make_shared<Call>(request, observer);
  {
    absl::MutexLock lock(&mutex_);
    calls_.push_back(call);
  }
  fetcher::Cancellation::Registration wake(
      cancellation, [&] { call->Return(cancellation.status()); });
  absl::MutexLock lock(&call->mutex_);
  call->mutex_.Await(absl::Condition(&call->done_));
  return call->result_;
}

absl::Status FakeImageFetcher::DiscardPartial(const std::string& destination) {
  std::function<void()> hook;
  {
    absl::MutexLock lock(&mutex_);
    hook.swap(before_discard_);
  }
  if (hook != nullptr) hook();
  absl::MutexLock lock(&mutex_);
  discarded_.push_back(destination);
  return absl::OkStatus();
}

absl::StatusOr<bool> FakeImageFetcher::DiscardPartialIf(
    const std::string& destination, const std::function<bool()>& condition) {
  if (!condition()) return false;
  const absl::Status discarded = DiscardPartial(destination);
  if (!discarded.ok()) return discarded;
  return true;
}

void FakeImageFetcher::BeforeDiscard(std::function<void()> hook) {
  absl::MutexLock lock(&mutex_);
  before_discard_ = std::move(hook);
}

std::vector<std::string> FakeImageFetcher::discarded() const {
  absl::MutexLock lock(&mutex_);
  return discarded_;
}

}  // namespace localstore::server
