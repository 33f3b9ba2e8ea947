// The Resolve RPC.
#pragma once

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "localstore/v1/local_datastore.pb.h"
#include "resolver/host_resolver.h"
#include "server/logging/event_format.h"
#include "server/requests/resolve_request.h"
#include "server/rpc/encodable.h"
#include "server/rpc/encoded_answers.h"

namespace localstore::server {

// Answers when the resolver does; a caller that goes away ends the question.
// Owns itself until gRPC is done with it.
class ResolveCall : public grpc::ServerUnaryReactor,
                    public std::enable_shared_from_this<ResolveCall> {
 public:
  // What is known is answered within this call, by the context's own reactor.
  // All pointers must outlive the call.
  static grpc::ServerUnaryReactor* Start(const ResolveOrder& order,
                                         grpc::CallbackServerContext* context,
                                         Encodable<v1::ResolveResponse>* answer,
                                         resolver::HostResolver* resolver,
                                         EncodedAnswers* encoded);

 private:
  ResolveCall(const ResolveOrder& order, v1::ResolveResponse* response,
              resolver::HostResolver* resolver);

  void OnAnswer(const absl::StatusOr<resolver::Resolution>& answer);
  void Log(const absl::StatusOr<resolver::Resolution>& answer) const;
  void FinishOnce(const grpc::Status& status,
                  const resolver::Resolution* resolution)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void OnCancel() override;
  void OnDone() override;

  LogFields log_fields_;  // of the call
  v1::ResolveResponse* const response_;
  resolver::HostResolver* const resolver_;
  absl::Mutex mutex_;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  resolver::HostResolver::OperationId operation_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<ResolveCall> self_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
