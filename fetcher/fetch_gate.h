// Between the caller of Fetch, who may leave at any time, and the download,
// which then still has to wind up.
#pragma once

#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "fetcher/cancellation.h"
#include "fetcher/image_fetcher.h"

namespace localstore::fetcher {

// Thread-safe.
class FetchGate {
 public:
  explicit FetchGate(FetchObserver& observer) : observer_(&observer) {}

  // The caller's side. While what it returns lives, cancelling `caller` cancels
  // the download. Called before that starts: it would not hear what comes
  // before.
  Cancellation::Registration Follow(Cancellation& caller);
  // Waits until the download has finished, or, unless it is committing, until
  // it is cancelled; then returns without it. The observer is not called
  // afterwards.
  absl::StatusOr<FetchResult> Await();

  // The download's side. Requested when the caller's is.
  Cancellation& cancellation() { return cancellation_; }
  // Calls `call` with the observer, unless the caller has left. One at a time.
  void Observe(const std::function<void(FetchObserver&)>& call)
      ABSL_LOCKS_EXCLUDED(observer_mutex_);
  // The point of no return: from here on the caller waits for the end. False
  // when it has been cancelled before.
  bool BeginCommit() ABSL_LOCKS_EXCLUDED(mutex_);
  void Finish(absl::StatusOr<FetchResult> result) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Cancel(absl::Status why) ABSL_LOCKS_EXCLUDED(mutex_);

  Cancellation cancellation_;

  // Held while the observer runs; an observer may cancel, so the state has a
  // mutex of its own.
  absl::Mutex observer_mutex_;
  FetchObserver* observer_ ABSL_GUARDED_BY(observer_mutex_);

  absl::Mutex mutex_ ABSL_ACQUIRED_AFTER(observer_mutex_);
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool committing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::StatusOr<FetchResult> result_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::fetcher
