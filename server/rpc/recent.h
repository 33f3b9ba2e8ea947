// A value that costs something to find out, for callers who ask often.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/timer/timer.h"

namespace localstore::server {

// For so long a value is repeated instead of being found out again.
constexpr absl::Duration kRecent = absl::Milliseconds(50);

// Any thread.
template <typename Value>
class Recent {
 public:
  // `find` may block; those who want the value meanwhile wait for it. `timer`
  // and what `find` uses must outlive it.
  Recent(std::function<Value()> find, const Timer* timer)
      : find_(std::move(find)), timer_(timer) {}

  // No older than kRecent. Never null.
  std::shared_ptr<const Value> Get() ABSL_LOCKS_EXCLUDED(mutex_) {
    const absl::MutexLock lock(&mutex_);
    const absl::Duration now = timer_->Elapsed();
    if (value_ == nullptr || now - found_ >= kRecent) {
      value_ = std::make_shared<const Value>(find_());
      found_ = now;
    }
    return value_;
  }

 private:
  const std::function<Value()> find_;
  const Timer* const timer_;
  absl::Mutex mutex_;
  std::shared_ptr<const Value> value_ ABSL_GUARDED_BY(mutex_);
  absl::Duration found_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
