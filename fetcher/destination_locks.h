// One download to a destination at a time.
#pragma once

#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "fetcher/cancellation.h"

namespace localstore::fetcher {

// Thread-safe. Must outlive its locks.
class DestinationLocks {
 public:
  class Lock {
   public:
    Lock(DestinationLocks* locks, std::string destination)
        : locks_(locks), destination_(std::move(destination)) {}
    Lock(Lock&& other) noexcept
        : locks_(other.locks_), destination_(std::move(other.destination_)) {
      other.locks_ = nullptr;
    }
    Lock& operator=(Lock&&) = delete;
    ~Lock() {
      if (locks_ != nullptr) locks_->Release(destination_);
    }

   private:
    DestinationLocks* locks_;
    std::string destination_;
  };

  // Waits until no other lock is held on `destination`. Errors: the status of
  // `cancellation`.
  absl::StatusOr<Lock> Acquire(const std::string& destination,
                               Cancellation& cancellation)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Release(const std::string& destination) ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Mutex mutex_;
  std::set<std::string> held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::fetcher
