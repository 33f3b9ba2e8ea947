// Who wants to know of changes of downloads.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace localstore::server {

class Job;

// Hears of each change of state at once; of progress it does not: who wants to
// show it looks at snapshots as often as it likes.
class JobObserver {
 public:
  virtual ~JobObserver() = default;
  // May come on any thread, several at once. Must not block. The job's snapshot
  // may be newer than the change.
  virtual void OnJobChanged(const std::shared_ptr<Job>& job) = 0;
};

// An observer that tells others, of one job or of all. Thread-safe.
class JobObservers : public JobObserver {
 public:
  using Id = uint64_t;  // never 0

  // The observer is not kept alive.
  Id Add(std::weak_ptr<JobObserver> observer) ABSL_LOCKS_EXCLUDED(mutex_);
  // Does not wait for a call that runs. Unknown ids and 0 are ignored.
  void Remove(Id id) ABSL_LOCKS_EXCLUDED(mutex_);

  void OnJobChanged(const std::shared_ptr<Job>& job) override
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Mutex mutex_;
  std::map<Id, std::weak_ptr<JobObserver>> observers_ ABSL_GUARDED_BY(mutex_);
  Id next_id_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace localstore::server
