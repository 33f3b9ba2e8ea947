// A fetcher whose fetches do what a test says.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "fetcher/cancellation.h"
#include "fetcher/image_fetcher.h"

namespace localstore::server {

class FakeImageFetcher : public fetcher::ImageFetcher {
 public:
  // One call of Fetch. It returns when the test says so or when it is
  // cancelled.
  class Call {
   public:
    Call(const fetcher::FetchRequest& request, fetcher::FetchObserver& observer)
        : request_(request), observer_(observer) {}

    const fetcher::FetchRequest& request() const { return request_; }
    // Only until the call has returned.
    fetcher::FetchObserver& observer() { return observer_; }
    void Return(absl::StatusOr<fetcher::FetchResult> result);

   private:
    friend class FakeImageFetcher;

    const fetcher::FetchRequest request_;
    fetcher::FetchObserver& observer_;
    absl::Mutex mutex_;
    bool done_ ABSL_GUARDED_BY(mutex_) = false;
    absl::StatusOr<fetcher::FetchResult> result_ ABSL_GUARDED_BY(mutex_);
  };

  // The call of that number, from 0; waits for it, nullptr if it does not come.
  std::shared_ptr<Call> WaitForCall(size_t number);
  size_t calls() const;

  // What Validate says.
  void SetValidation(absl::Status status);

  absl::Status Validate(const fetcher::FetchRequest& request) const override;
  absl::StatusOr<fetcher::FetchResult> Fetch(
      const fetcher::FetchRequest& request, fetcher::FetchObserver& observer,
      fetcher::Cancellation& cancellation) override;
  absl::Status DiscardPartial(const std::string& destination) override;
  absl::StatusOr<bool> DiscardPartialIf(
      const std::string& destination,
      const std::function<bool()>& condition) override;

  // Runs in the next DiscardPartial, before anything else.
  void BeforeDiscard(std::function<void()> hook);

  // The destinations whose partial files were discarded.
  std::vector<std::string> discarded() const;

 private:
  mutable absl::Mutex mutex_;
  absl::Status validation_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> discarded_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> before_discard_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Call>> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
