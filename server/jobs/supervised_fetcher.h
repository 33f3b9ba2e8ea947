// A fetcher that notices a fetch that does not end.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/jobs/forwarding_fetcher.h"
#include "server/timer/timer.h"

namespace localstore::server {

// A fetch may last as long as it likes, but once it was told to stop it ends at
// once, or when the disk has taken the image. One that does neither hangs, and
// with it the thread of the queue that it runs on. Thread-safe.
class SupervisedFetcher : public ForwardingFetcher {
 public:
  // What even a slow disk does not need for one image.
  static constexpr absl::Duration kPatience = absl::Minutes(5);

  // `timer` must outlive it.
  SupervisedFetcher(std::unique_ptr<fetcher::ImageFetcher> inner,
                    const Timer* timer);

  absl::StatusOr<fetcher::FetchResult> Fetch(
      const fetcher::FetchRequest& request, fetcher::FetchObserver& observer,
      fetcher::Cancellation& cancellation) override;

  // Whether some fetch has not ended, kPatience after it was told to.
  bool Hangs() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void NoteStopped(uint64_t number) ABSL_LOCKS_EXCLUDED(mutex_);
  void NoteEnded(uint64_t number) ABSL_LOCKS_EXCLUDED(mutex_);

  const Timer* const timer_;
  mutable absl::Mutex mutex_;
  uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  // When those that run were told to stop.
  std::map<uint64_t, absl::Duration> stopped_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
