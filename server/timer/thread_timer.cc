#include "server/timer/thread_timer.h"

#include <algorithm>
#include <chrono>

#include "absl/time/clock.h"

namespace localstore::server {
namespace {

// absl::CondVar waits by the time of day. Waiting in short pieces bounds what
// setting that clock can do to a timer.
constexpr absl::Duration kLongestWait = absl::Seconds(1);

}  // namespace

ThreadTimer::ThreadTimer() : thread_([this] { Run(); }) {}

ThreadTimer::~ThreadTimer() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.Signal();
  }
  thread_.join();
}

absl::Time ThreadTimer::Now() const { return absl::Now(); }

absl::Duration ThreadTimer::Elapsed() const {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

Timer::Id ThreadTimer::CallAfter(absl::Duration delay,
                                 std::function<void()> task) {
  const absl::Duration due = Elapsed() + delay;
  absl::MutexLock lock(&mutex_);
  const Id id = next_id_++;
  tasks_.emplace(Key(due, id), std::move(task));
  due_.emplace(id, due);
  if (tasks_.begin()->first.second == id) changed_.Signal();
  return id;
}

void ThreadTimer::Cancel(Id id) {
  std::function<void()> dropped;  // destroyed after the lock
  absl::MutexLock lock(&mutex_);
  const auto found = due_.find(id);
  if (found == due_.end()) return;
  const auto task = tasks_.find(Key(found->second, id));
  dropped = std::move(task->second);
  tasks_.erase(task);
  due_.erase(found);
}

void ThreadTimer::Run() {
  mutex_.Lock();
  while (!stopping_) {
    if (tasks_.empty()) {
      changed_.Wait(&mutex_);
      continue;
    }
    const auto first = tasks_.begin();
    const absl::Duration wait = first->first.first - Elapsed();
    if (wait > absl::ZeroDuration()) {
      changed_.WaitWithTimeout(&mutex_, std::min(wait, kLongestWait));
      continue;
    }
    std::function<void()> task = std::move(first->second);
    due_.erase(first->first.second);
    tasks_.erase(first);
    mutex_.Unlock();
    task();
    task = nullptr;
    mutex_.Lock();
  }
  mutex_.Unlock();
}

}  // namespace localstore::server
