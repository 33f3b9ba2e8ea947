// Downloads: bytes, retries, ends.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "prometheus/collectable.h"
#include "server/jobs/job.h"
#include "server/jobs/job_observers.h"

namespace localstore::server {

// Thread-safe.
class DownloadMetrics : public prometheus::Collectable, public JobObserver {
 public:
  DownloadMetrics();

  // Of transfers.
  void CountReceived(int64_t bytes) { received_bytes_ += bytes; }
  void CountReused(int64_t bytes) { reused_bytes_ += bytes; }
  void CountRetry(const absl::Status& cause) ABSL_LOCKS_EXCLUDED(mutex_);
  void CountFailure(const absl::Status& error);

  // Counts each download that ends, once.
  void OnJobChanged(const std::shared_ptr<Job>& job) override
      ABSL_LOCKS_EXCLUDED(mutex_);

  std::vector<prometheus::MetricFamily> Collect() const override
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  std::atomic<int64_t> received_bytes_{0};
  std::atomic<int64_t> reused_bytes_{0};
  std::atomic<int64_t> digest_mismatches_{0};
  // Held for the moment that counting takes, by who collects, too.
  mutable absl::Mutex mutex_;
  std::map<std::string, int64_t> retries_ ABSL_GUARDED_BY(mutex_);
  // By outcome and reason.
  std::map<std::pair<std::string, std::string>, int64_t> ended_
      ABSL_GUARDED_BY(mutex_);
  // By sequence and end, those that were counted last: the news of an earlier
  // change may come after the end.
  std::deque<std::pair<uint64_t, absl::Time>> counted_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
