#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

constexpr absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

}  // namespace

absl::Time FakeTimer::Now() const { return kStart + Elapsed(); }

absl::Duration FakeTimer::Elapsed() const {
  absl::MutexLock lock(&mutex_);
  return elapsed_;
}

Timer::Id FakeTimer::CallAfter(absl::Duration delay,
                               std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  const Id id = next_id_++;
  tasks_.emplace(std::make_pair(elapsed_ + delay, id), std::move(task));
  return id;
}

void FakeTimer::Cancel(Id id) {
  absl::MutexLock lock(&mutex_);
  for (auto it = tasks_.begin(); it != tasks_.end(); ++it) {
    if (it->first.second == id) {
      tasks_.erase(it);
      return;
    }
  }
}

void FakeTimer::Advance(absl::Duration duration) {
  mutex_.Lock();
  const absl::Duration until = elapsed_ + duration;
  while (!tasks_.empty() && tasks_.begin()->first.first <= until) {
    const auto first = tasks_.begin();
    elapsed_ = first->first.first;
    const std::function<void()> task = std::move(first->second);
    tasks_.erase(first);
    mutex_.Unlock();
    task();
    mutex_.Lock();
  }
  elapsed_ = until;
  mutex_.Unlock();
}

int FakeTimer::pending() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(tasks_.size());
}

}  // namespace localstore::server
