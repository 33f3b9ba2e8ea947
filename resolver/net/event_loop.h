// One thread that waits for descriptors, timers and other threads' tasks.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "resolver/net/scheduler.h"
#include "resolver/net/timer_queue.h"
#include "resolver/net/unique_fd.h"

namespace localstore::resolver {

// Every turn of the loop runs the tasks posted before it, the timers that are
// due, and the callback of each ready descriptor once; so none of the three can
// keep the others waiting, as long as a callback reads a bounded amount.
//
// Threads: Now, Post, RunAndWait and IsCurrentThread from any; Stop and the
// destructor from any but the loop's own; all else from the loop's own, or,
// after Stop, from the one that stopped it.
class EventLoop final : public Scheduler, public Executor {
 public:
  // Starts a thread of that name (15 bytes at most are seen by the system). It
  // leaves the process's signals to other threads. INTERNAL when the kernel
  // gives no thread or descriptor.
  static absl::StatusOr<std::unique_ptr<EventLoop>> Start(
      const std::string& thread_name);

  ~EventLoop() override;  // as Stop()

  // Finishes the turn, runs what has been posted so far, ends the thread and
  // waits for it. What is posted from now on and timers are dropped. Again: no
  // effect.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  // The time since the machine was started, suspension included, so that what
  // grew old meanwhile counts as old.
  absl::Time Now() const override;
  TimerId RunAfter(absl::Duration delay, std::function<void()> task) override;
  void CancelTimer(TimerId id) override;

  void Post(std::function<void()> task) override ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsCurrentThread() const override;

  // Posts `task` and waits until it has run; on the loop's own thread it runs
  // at once. False, and not run, when the loop has ended.
  bool RunAndWait(const std::function<void()>& task)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Calls `ready` once a turn for as long as `fd` can be read or has an error
  // pending, until RemoveFd(fd), which must come before it is closed. The
  // callback may add and remove any descriptor, its own included. INTERNAL when
  // it is no such descriptor, or is there already.
  absl::Status AddFd(int fd, std::function<void()> ready);
  void RemoveFd(int fd);  // unknown ones are ignored

 private:
  using ReadyCallback = std::function<void()>;

  EventLoop() = default;
  absl::Status OpenDescriptors();
  absl::Status Watch(int fd, uint64_t key);
  absl::Status StartThread(const std::string& thread_name);
  bool PostUnlessStopped(std::function<void()> task)
      ABSL_LOCKS_EXCLUDED(mutex_);
  bool MayUseLoopState() const;

  void Run();
  bool RunPosted() ABSL_LOCKS_EXCLUDED(mutex_);
  void RunDueTimers();
  void ArmTimer();
  void WaitAndDispatch();
  void Dispatch(uint64_t key);

  UniqueFd epoll_;
  UniqueFd wakeup_;  // eventfd: something was posted
  UniqueFd timer_;   // timerfd: the next deadline

  absl::Mutex mutex_;
  std::vector<std::function<void()>> posted_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  pthread_t thread_{};
  bool joinable_ = false;
  std::atomic<bool> ended_{false};

  // Of the loop's own thread.
  TimerQueue timers_;
  absl::Time armed_deadline_ = absl::InfiniteFuture();
  // By registration, not by descriptor: an event that was fetched before its
  // descriptor was closed must not reach the next one of the same number.
  uint64_t last_key_ = 1;
  absl::flat_hash_map<int, uint64_t> keys_;
  absl::flat_hash_map<uint64_t, std::shared_ptr<ReadyCallback>> callbacks_;
};

}  // namespace localstore::resolver
