// A thread that runs what it is given, one after the other.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace localstore::fetcher {

// Thread-safe, but that a task must not wait for the thread that it runs on.
class WorkerThread {
 public:
  // `name`: at most 15 bytes, seen in `top -H`. Errors: INTERNAL when the
  // system gives no thread.
  static absl::StatusOr<std::unique_ptr<WorkerThread>> Start(
      const std::string& name);
  // Runs what is queued, then ends.
  ~WorkerThread();

  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  void Post(std::function<void()> task) ABSL_LOCKS_EXCLUDED(mutex_);
  // Until every task posted so far has run.
  void WaitIdle() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  WorkerThread() = default;
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Mutex mutex_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace localstore::fetcher
