// Tells those who wait for a change that there was one, not too often.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "absl/time/time.h"
#include "resolver/net/scheduler.h"

namespace localstore::resolver {

// However much changes, each watcher is called this often at most. The first
// change after a quiet time is told at once.
constexpr absl::Duration kNotifyInterval = absl::Milliseconds(50);

// Not thread-safe: used on the loop's own thread.
class ChangeNotifier {
 public:
  // `scheduler` must outlive it.
  explicit ChangeNotifier(Scheduler* scheduler) : scheduler_(scheduler) {}
  ~ChangeNotifier() { scheduler_->CancelTimer(timer_); }

  ChangeNotifier(const ChangeNotifier&) = delete;
  ChangeNotifier& operator=(const ChangeNotifier&) = delete;

  void Add(uint64_t id, std::function<void()> watcher) {
    watchers_[id] = std::move(watcher);
  }
  void Remove(uint64_t id) { watchers_.erase(id); }

  void NoteChange() {
    if (timer_ != 0 || watchers_.empty()) return;
    const absl::Duration wait = last_ + kNotifyInterval - scheduler_->Now();
    if (wait > absl::ZeroDuration()) {
      timer_ = scheduler_->RunAfter(wait, [this] { Notify(); });
    } else {
      Notify();
    }
  }

 private:
  void Notify() {
    timer_ = 0;
    last_ = scheduler_->Now();
    for (const auto& watcher : watchers_) watcher.second();
  }

  Scheduler* const scheduler_;
  std::map<uint64_t, std::function<void()>> watchers_;
  absl::Time last_ = absl::InfinitePast();
  Scheduler::TimerId timer_ = 0;
};

}  // namespace localstore::resolver
