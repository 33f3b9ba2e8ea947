// One thread that does everything that is seen, told what to do by others.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace localstore::client {

// Post from any thread; Run on one.
class EventLoop {
 public:
  EventLoop() = default;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Queues a task for Run. Waits while the queue is full, so that a peer that
  // sends faster than the screen takes is held back; does nothing once closed.
  void Post(std::function<void()> task) ABSL_LOCKS_EXCLUDED(mutex_);

  // The same for what comes from the person at the keyboard: never waits, and
  // goes before what is queued.
  void PostUrgent(std::function<void()> task) ABSL_LOCKS_EXCLUDED(mutex_);

  // Runs tasks, and `tick` at least every `interval`, until Stop is called from
  // one of them.
  void Run(absl::Duration interval, const std::function<void()>& tick)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends Run after the task or tick that calls it. Only on Run's thread.
  void Stop() { stopped_ = true; }

  // From now on nothing is queued and nobody waits.
  void Close() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  bool HasRoomOrClosed() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool HasTask() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !tasks_.empty();
  }
  // Null when none came in time.
  std::function<void()> Next(absl::Duration wait) ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Mutex mutex_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ = false;
};

}  // namespace localstore::client
