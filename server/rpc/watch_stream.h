// The Watch RPC: the downloads, some or all, as they change.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "localstore/v1/local_datastore.pb.h"
#include "server/jobs/job.h"
#include "server/jobs/job_observers.h"
#include "server/jobs/job_registry.h"
#include "server/rpc/pull_stream.h"
#include "server/timer/timer.h"

namespace localstore::server {

// Sends the newest snapshot of each download that has changed, in the order in
// which they changed first. Of those that were named it sends each at least
// once, and ends with OK when all of them are final. Watching all, it begins
// with those that have not ended, and does not end.
class WatchStream : public PullStream<v1::WatchResponse>, public JobObserver {
 public:
  // `jobs` empty: all. `registry` and `timer` must outlive the stream.
  static std::shared_ptr<WatchStream> Start(
      const std::vector<std::shared_ptr<Job>>& jobs, JobRegistry* registry,
      Timer* timer);

  void OnJobChanged(const std::shared_ptr<Job>& job) override;

 private:
  struct Watched {
    std::shared_ptr<Job> job;
    uint64_t sent_revision = 0;
    bool due = false;
    JobObservers::Id observing = 0;
  };

  WatchStream(bool all, JobRegistry* registry, Timer* timer);

  Next Prepare(v1::WatchResponse& response, grpc::Status& status) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex());
  void Leave() override;
  void MarkDue(const std::shared_ptr<Job>& job)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex());
  void ArmTick() ABSL_LOCKS_EXCLUDED(mutex());
  void Tick() ABSL_LOCKS_EXCLUDED(mutex());

  const bool all_;
  JobRegistry* const registry_;
  Timer* const timer_;
  JobObservers::Id observing_all_ = 0;
  std::map<uint64_t, Watched> watched_ ABSL_GUARDED_BY(mutex());  // by sequence
  std::deque<uint64_t> due_ ABSL_GUARDED_BY(mutex());
  bool left_ ABSL_GUARDED_BY(mutex()) = false;
  Timer::Id tick_ ABSL_GUARDED_BY(mutex()) = 0;
};

}  // namespace localstore::server
