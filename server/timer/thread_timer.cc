#include "server/timer/thread_timer.h"

#include <algorithm>
#include <chrono>

#include "absl/time/clock.h"

namespace localstore::server {
namespace {

// Longer waits would overflow the clock's reading.
constexpr absl::Duration kLongestWait = absl::Hours(24 * 365);

}  // namespace

ThreadTimer::ThreadTimer() : thread_([this] { Run(); }) {}

ThreadTimer::~ThreadTimer() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
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
  const std::lock_guard<std::mutex> lock(mutex_);
  const Id id = next_id_++;
  tasks_.emplace(Key(due, id), std::move(task));
  due_.emplace(id, due);
  if (tasks_.begin()->first.second == id) changed_.notify_one();
  return id;
}

void ThreadTimer::Cancel(Id id) {
  std::function<void()> dropped;  // destroyed after the lock
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = due_.find(id);
  if (found == due_.end()) return;
  const auto task = tasks_.find(Key(found->second, id));
  dropped = std::move(task->second);
  tasks_.erase(task);
  due_.erase(found);
}

void ThreadTimer::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    if (tasks_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto first = tasks_.begin();
    const absl::Duration wait = first->first.first - Elapsed();
    if (wait > absl::ZeroDuration()) {
      changed_.wait_until(
          lock, std::chrono::steady_clock::now() +
                    absl::ToChronoNanoseconds(std::min(wait, kLongestWait)));
      continue;
    }
    std::function<void()> task = std::move(first->second);
    due_.erase(first->first.second);
    tasks_.erase(first);
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

}  // namespace localstore::server
