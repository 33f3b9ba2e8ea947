#include "client/terminal/event_loop.h"

#include <algorithm>
#include <utility>

#include "client/terminal/steady_time.h"

namespace localstore::client {
namespace {

constexpr size_t kMostTasks = 256;

}  // namespace

bool EventLoop::HasRoomOrClosed() const {
  return closed_ || tasks_.size() < kMostTasks;
}

void EventLoop::Post(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &EventLoop::HasRoomOrClosed));
  if (!closed_) tasks_.push_back(std::move(task));
}

void EventLoop::PostUrgent(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (!closed_) tasks_.push_front(std::move(task));
}

std::function<void()> EventLoop::Next(absl::Duration wait) {
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithTimeout(absl::Condition(this, &EventLoop::HasTask),
                               wait)) {
    return nullptr;
  }
  std::function<void()> task = std::move(tasks_.front());
  tasks_.pop_front();
  return task;
}

void EventLoop::Run(absl::Duration interval,
                    const std::function<void()>& tick) {
  absl::Duration next_tick = SteadyNow() + interval;
  while (!stopped_) {
    const std::function<void()> task =
        Next(std::max(next_tick - SteadyNow(), absl::ZeroDuration()));
    if (task) task();
    if (!stopped_ && SteadyNow() >= next_tick) {
      tick();
      next_tick = SteadyNow() + interval;
    }
  }
  stopped_ = false;
}

void EventLoop::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  tasks_.clear();
}

}  // namespace localstore::client
