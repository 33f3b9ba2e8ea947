// The Cancel RPC.
#pragma once

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/support/server_callback.h"
#include "localstore/v1/local_datastore.pb.h"
#include "server/jobs/job.h"
#include "server/jobs/job_observers.h"
#include "server/jobs/job_registry.h"

namespace localstore::server {

// Answers with the final snapshot, once the job has ended and the store has
// taken that down: what a caller was told is cancelled stays so, whatever
// becomes of the server. Owns itself until gRPC is done with it.
class CancelCall : public grpc::ServerUnaryReactor,
                   public JobObserver,
                   public std::enable_shared_from_this<CancelCall> {
 public:
  // `job` was told to stop. The pointers must outlive the call.
  static CancelCall* Start(std::shared_ptr<Job> job, JobRegistry* registry,
                           v1::CancelResponse* response);

  void OnJobChanged(const std::shared_ptr<Job>& job) override;

 private:
  CancelCall(std::shared_ptr<Job> job, JobRegistry* registry,
             v1::CancelResponse* response);

  void OnCancel() override;
  void OnDone() override;
  void OnPersisted(const v1::Download& download, const absl::Status& status);
  // True once, unless the call is finished.
  bool FirstToPersist() ABSL_LOCKS_EXCLUDED(mutex_);
  bool FirstToFinish() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<Job> job_;
  JobRegistry* const registry_;
  v1::CancelResponse* const response_;
  JobObservers::Id observing_ = 0;
  absl::Mutex mutex_;
  bool persisting_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<CancelCall> self_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
