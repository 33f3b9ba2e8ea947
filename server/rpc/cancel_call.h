// The Cancel RPC.
#pragma once

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/support/server_callback.h"
#include "localstore/v1/local_datastore.pb.h"
#include "server/jobs/job.h"
#include "server/jobs/job_observers.h"

namespace localstore::server {

// Answers with the final snapshot, once the job is final. Owns itself until
// gRPC is done with it.
class CancelCall : public grpc::ServerUnaryReactor, public JobObserver {
 public:
  // `job` was told to stop. `response` must outlive the call.
  static CancelCall* Start(std::shared_ptr<Job> job,
                           v1::CancelResponse* response);

  void OnJobChanged(const std::shared_ptr<Job>& job) override;

 private:
  CancelCall(std::shared_ptr<Job> job, v1::CancelResponse* response);

  void OnCancel() override;
  void OnDone() override;
  bool FirstToFinish() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<Job> job_;
  v1::CancelResponse* const response_;
  JobObservers::Id observing_ = 0;
  absl::Mutex mutex_;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<CancelCall> self_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
