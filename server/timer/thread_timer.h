// The real timer: one thread, the monotonic clock.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "server/timer/timer.h"

namespace localstore::server {

// Destroying it drops the tasks that have not run and waits for the one that
// does.
class ThreadTimer : public Timer {
 public:
  ThreadTimer();
  ~ThreadTimer() override;
  ThreadTimer(const ThreadTimer&) = delete;
  ThreadTimer& operator=(const ThreadTimer&) = delete;

  absl::Time Now() const override;
  absl::Duration Elapsed() const override;
  Id CallAfter(absl::Duration delay, std::function<void()> task) override;
  void Cancel(Id id) override;

 private:
  using Key = std::pair<absl::Duration, Id>;  // due, by Elapsed()

  void Run();

  // Not absl's, whose timeouts end by the time of day: setting that clock back
  // would hold up every task.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Key, std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<Id, absl::Duration> due_ ABSL_GUARDED_BY(mutex_);
  Id next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace localstore::server
