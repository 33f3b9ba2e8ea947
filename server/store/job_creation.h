// A new job that is to be written, and who waits for that.
#pragma once

#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "server/jobs/job_store.h"

namespace localstore::server {

// Thread-safe.
class JobCreation {
 public:
  explicit JobCreation(const StoredJob& job) : job_(job) {}

  const StoredJob& job() const { return job_; }

  // What came of it; the first word counts.
  void Settle(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (!outcome_.has_value()) outcome_ = status;
  }

  absl::Status Wait() ABSL_LOCKS_EXCLUDED(mutex_) {
    const auto settled = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return outcome_.has_value();
    };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&settled));
    return *outcome_;
  }

 private:
  const StoredJob job_;
  absl::Mutex mutex_;
  std::optional<absl::Status> outcome_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
