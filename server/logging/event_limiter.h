// Keeps a flood of events that are alike out of the log.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace localstore::server {

// Events are alike when they have the same message. Of each message kBurst may
// come at once, and kPerSecond after that. Thread-safe.
class EventLimiter {
 public:
  static constexpr int kBurst = 200;
  static constexpr int kPerSecond = 20;
  // How long events may be left out before it is said how many were.
  static constexpr absl::Duration kReportInterval = absl::Seconds(10);

  struct Verdict {
    bool write = false;
    // Messages of which events were left out, how many, and not told before.
    std::vector<std::pair<std::string, int64_t>> left_out;
  };

  Verdict Admit(absl::string_view message, absl::Time now)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Bucket {
    double tokens = kBurst;
    absl::Time filled;
    int64_t left_out = 0;
    absl::Time left_out_since;
  };
  using Buckets = std::map<std::string, Bucket, std::less<>>;

  Bucket& Find(absl::string_view message, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeReports(absl::Time now, Verdict& verdict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  Buckets buckets_ ABSL_GUARDED_BY(mutex_);
  int with_left_out_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace localstore::server
