// Operations and their callbacks: which run, and how they are cancelled.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "resolver/host_resolver.h"
#include "resolver/net/scheduler.h"

namespace localstore::resolver {

// Thread-safe. Callbacks run on the executor's thread only.
class Operations {
 public:
  using Id = HostResolver::OperationId;

  // `executor` must outlive it.
  explicit Operations(Executor* executor) : executor_(executor) {}

  Id Begin() ABSL_LOCKS_EXCLUDED(mutex_);

  // On the executor's thread: runs `callback` unless the operation has ended.
  // With `last`, the operation ends before it runs.
  void Run(Id id, bool last, const std::function<void()>& callback)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends the operation. When it returns, no callback of it runs, nor will run,
  // unless it was called on the executor's thread: from within that callback.
  // False when it had ended already.
  bool End(Id id) ABSL_LOCKS_EXCLUDED(mutex_);

  bool IsLive(Id id) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  Executor* const executor_;
  mutable absl::Mutex mutex_;
  Id last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_set<Id> live_ ABSL_GUARDED_BY(mutex_);
  Id running_ ABSL_GUARDED_BY(mutex_) = 0;  // 0: none
};

}  // namespace localstore::resolver
