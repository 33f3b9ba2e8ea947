// The Download RPC: a stream that watches one job to its end.
#pragma once

#include <memory>

#include "absl/time/time.h"
#include "localstore/v1/local_datastore.pb.h"
#include "server/jobs/job.h"
#include "server/jobs/job_observers.h"
#include "server/jobs/job_registry.h"
#include "server/rpc/pull_stream.h"
#include "server/timer/timer.h"

namespace localstore::server {

// Sends a snapshot at each change of state and, at most every `interval`, when
// there is progress. The last message is the final snapshot; the status after
// it is the job's outcome.
class DownloadStream : public PullStream<v1::DownloadResponse>,
                       public JobObserver {
 public:
  // `job` was attached to in `registry`, which is told when the stream ends.
  // Both pointers must outlive the stream.
  static DownloadStream* Start(std::shared_ptr<Job> job,
                               absl::Duration interval, JobRegistry* registry,
                               Timer* timer);

  void OnJobChanged(const std::shared_ptr<Job>& job) override;

 private:
  DownloadStream(std::shared_ptr<Job> job, absl::Duration interval,
                 JobRegistry* registry, Timer* timer);

  Next Prepare(v1::DownloadResponse& response, grpc::Status& status) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex());
  void Leave() override;
  void ArmTick() ABSL_LOCKS_EXCLUDED(mutex());
  void Tick() ABSL_LOCKS_EXCLUDED(mutex());

  const std::shared_ptr<Job> job_;
  const absl::Duration interval_;
  JobRegistry* const registry_;
  Timer* const timer_;
  JobObservers::Id observing_ = 0;
  bool due_ ABSL_GUARDED_BY(mutex()) = true;
  bool final_sent_ ABSL_GUARDED_BY(mutex()) = false;
  bool left_ ABSL_GUARDED_BY(mutex()) = false;
  uint64_t sent_revision_ ABSL_GUARDED_BY(mutex()) = 0;
  Timer::Id tick_ ABSL_GUARDED_BY(mutex()) = 0;
};

}  // namespace localstore::server
