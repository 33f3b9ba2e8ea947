// A loop whose time is the test's: a scheduler and executor for one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "resolver/net/scheduler.h"

namespace localstore::resolver {

// The thread that made it is the loop's own. Nothing runs but within RunPosted
// and Advance.
class FakeLoop : public Scheduler, public Executor {
 public:
  absl::Time Now() const override { return now_; }

  TimerId RunAfter(absl::Duration delay, std::function<void()> task) override {
    const TimerId id = ++last_id_;
    const absl::Time at = now_ + std::max(delay, absl::ZeroDuration());
    timers_.emplace(std::make_pair(at, id), std::move(task));
    at_of_.emplace(id, at);
    return id;
  }

  void CancelTimer(TimerId id) override {
    const auto found = at_of_.find(id);
    if (found == at_of_.end()) return;
    timers_.erase({found->second, id});
    at_of_.erase(found);
  }

  void Post(std::function<void()> task) override {
    posted_.push_back(std::move(task));
  }
  bool IsCurrentThread() const override { return true; }

  // Runs what was posted, and what that posts in turn.
  void RunPosted() {
    while (!posted_.empty()) {
      std::vector<std::function<void()>> tasks = std::exchange(posted_, {});
      for (const auto& task : tasks) task();
    }
  }

  // Lets `time` pass: each timer runs at its own moment.
  void Advance(absl::Duration time) {
    const absl::Time end = now_ + time;
    RunPosted();
    while (!timers_.empty() && timers_.begin()->first.first <= end) {
      const auto first = timers_.begin();
      now_ = std::max(now_, first->first.first);
      const std::function<void()> task = std::move(first->second);
      at_of_.erase(first->first.second);
      timers_.erase(first);
      task();
      RunPosted();
    }
    now_ = end;
  }

  size_t timers() const { return timers_.size(); }

 private:
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  TimerId last_id_ = 0;
  std::map<std::pair<absl::Time, TimerId>, std::function<void()>> timers_;
  std::map<TimerId, absl::Time> at_of_;
  std::vector<std::function<void()>> posted_;
};

}  // namespace localstore::resolver
