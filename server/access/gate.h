// The one place that every call passes before anything is done for it.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "server/access/access_rules.h"
#include "server/access/call_slots.h"
#include "server/access/caller.h"
#include "server/net/peer_directory.h"

namespace localstore::server {

// Thread-safe.
class Gate {
 public:
  // Admits everyone to everything until it is told otherwise. `peers` must
  // outlive it.
  explicit Gate(const PeerDirectory* peers);

  // For calls from now on.
  void SetRules(AccessRules rules) ABSL_LOCKS_EXCLUDED(mutex_);
  void SetMaxCallsPerClient(int limit) { slots_.SetLimit(limit); }

  // Whether a call of `method` ("/package.Service/Method") may go on; the slot
  // is to be held as long as it does. Refusals are logged. Errors:
  // PERMISSION_DENIED that says who the caller was seen as and which group is
  // missing; those of CallSlots::Take.
  absl::StatusOr<CallSlots::Slot> Admit(
      absl::string_view method, const grpc::CallbackServerContext& context);

 private:
  absl::Status Authorize(absl::string_view method, const Caller& caller)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void LogRefusal(absl::string_view method, const Caller& caller,
                  const absl::Status& refusal) ABSL_LOCKS_EXCLUDED(mutex_);

  const PeerDirectory* const peers_;
  CallSlots slots_;
  absl::Mutex mutex_;
  std::shared_ptr<const AccessRules> rules_ ABSL_GUARDED_BY(mutex_);
  absl::Time log_window_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  int64_t in_window_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace localstore::server
