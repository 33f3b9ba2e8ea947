#include "resolver/net/timer_queue.h"

namespace localstore::resolver {

TimerQueue::TimerId TimerQueue::Add(absl::Time deadline,
                                    std::function<void()> task) {
  const TimerId id = ++last_id_;
  deadlines_.emplace(id, deadline);
  tasks_.emplace(std::make_pair(deadline, id), std::move(task));
  return id;
}

void TimerQueue::Cancel(TimerId id) {
  // What the task holds may, on its way out, come back here.
  const std::function<void()> task = Take(id);
}

absl::Time TimerQueue::NextDeadline() const {
  return tasks_.empty() ? absl::InfiniteFuture() : tasks_.begin()->first.first;
}

std::vector<TimerQueue::TimerId> TimerQueue::Due(absl::Time now) const {
  std::vector<TimerId> due;
  for (auto it = tasks_.begin(); it != tasks_.end() && it->first.first <= now;
       ++it) {
    due.push_back(it->first.second);
  }
  return due;
}

std::function<void()> TimerQueue::Take(TimerId id) {
  const auto deadline = deadlines_.find(id);
  if (deadline == deadlines_.end()) return nullptr;
  const auto entry = tasks_.find({deadline->second, id});
  std::function<void()> task = std::move(entry->second);
  tasks_.erase(entry);
  deadlines_.erase(deadline);
  return task;
}

}  // namespace localstore::resolver
