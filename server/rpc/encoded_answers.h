// Answers to Resolve from what is known, encoded once for many callers.
#pragma once

#include <cstddef>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/support/slice.h"
#include "resolver/host_resolver.h"
#include "server/timer/timer.h"

namespace localstore::server {

// For so long the bytes of an answer are repeated. A ttl is what is left at the
// end of that time, so that no caller is promised more than there is.
constexpr absl::Duration kEncodedLife = absl::Milliseconds(50);

// Any thread.
class EncodedAnswers {
 public:
  // `timer` must outlive it.
  explicit EncodedAnswers(const Timer* timer, size_t max_answers = 256)
      : timer_(timer), max_answers_(max_answers) {}

  // The ResolveResponse for `known`, which has a resolution.
  grpc::Slice Encode(const resolver::KnownAnswer& known)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Answer {
    absl::Duration made;  // by the timer
    // Held, so that no other resolution can take its address.
    std::shared_ptr<const resolver::Resolution> resolution;
    absl::Duration age;
    grpc::Slice bytes;
  };

  using Answers = absl::flat_hash_map<const resolver::Resolution*, Answer>;

  // Takes out those that are no longer repeated. To be destroyed without the
  // lock.
  Answers Sweep(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Timer* const timer_;
  const size_t max_answers_;
  absl::Mutex mutex_;
  Answers answers_ ABSL_GUARDED_BY(mutex_);
  absl::Duration swept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
