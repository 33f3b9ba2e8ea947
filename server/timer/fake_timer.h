// A timer whose time passes when a test says so.
#pragma once

#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/timer/timer.h"

namespace localstore::server {

class FakeTimer : public Timer {
 public:
  absl::Time Now() const override;
  absl::Duration Elapsed() const override;
  Id CallAfter(absl::Duration delay, std::function<void()> task) override;
  void Cancel(Id id) override;

  // Runs, on the caller's thread and in order, what becomes due meanwhile.
  void Advance(absl::Duration duration);

  // How many tasks are still to run.
  int pending() const;

 private:
  mutable absl::Mutex mutex_;
  absl::Duration elapsed_ ABSL_GUARDED_BY(mutex_) = absl::Hours(1);
  std::map<std::pair<absl::Duration, Id>, std::function<void()>> tasks_
      ABSL_GUARDED_BY(mutex_);
  Id next_id_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace localstore::server
