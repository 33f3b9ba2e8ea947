// Tasks by the time at which they are due.
#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "resolver/net/scheduler.h"

namespace localstore::resolver {

// Add and Cancel take O(log n). Not thread-safe.
class TimerQueue {
 public:
  using TimerId = Scheduler::TimerId;

  TimerId Add(absl::Time deadline, std::function<void()> task);
  void Cancel(TimerId id);  // unknown, finished and 0 are ignored

  // InfiniteFuture() when there is none.
  absl::Time NextDeadline() const;

  // Those whose deadline is not after `now`: by deadline, then as added.
  std::vector<TimerId> Due(absl::Time now) const;

  // Removes the timer and returns its task; an empty function when it is not
  // there (any more).
  std::function<void()> Take(TimerId id);

 private:
  TimerId last_id_ = 0;
  std::map<std::pair<absl::Time, TimerId>, std::function<void()>> tasks_;
  absl::flat_hash_map<TimerId, absl::Time> deadlines_;
};

}  // namespace localstore::resolver
