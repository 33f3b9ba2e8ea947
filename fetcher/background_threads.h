// Threads that end by themselves, and are waited for in the end.
#pragma once

#include <functional>
#include <list>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace localstore::fetcher {

// Thread-safe.
class BackgroundThreads {
 public:
  BackgroundThreads() = default;
  ~BackgroundThreads();

  // Runs `task` on a new thread. Errors: INTERNAL when the system gives none.
  absl::Status Run(const std::string& name, std::function<void()> task)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void JoinEnded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  struct Entry {
    std::thread thread;
    bool ended = false;
  };
  absl::Mutex mutex_;
  std::list<Entry> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::fetcher
