// Clients that begin calls only to reset them (CVE-2023-44487).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/support/server_interceptor.h"
#include "server/timer/timer.h"

namespace localstore::server {

// gRPC counts such calls neither as streams of their connection nor as memory
// that a quota could bound, and takes in many more than it can get rid of at
// the same time: without a guard, ten megabytes of them cost a gigabyte.
// Thread-safe.
class ResetGuard {
 public:
  // Calls of one client that may be reset at once within a second. One whose
  // request never came counts for several: no client that means well makes
  // many of them, and they are known for what they are sooner.
  static constexpr int kMaxResets = 1000;
  static constexpr int kWithoutRequest = 4;

  // `client_of` says whose a call is, by ServerContext::peer(); `expel` is
  // called, on any thread, for one that resets too many. `timer` must outlive
  // the guard.
  ResetGuard(std::function<std::string(const std::string& peer)> client_of,
             std::function<void(const std::string& client)> expel,
             const Timer* timer);

  // To be told of every call of a server, which it must outlive.
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
  MakeWatch();

  // A call was reset as soon as it was begun, which counts for `count`.
  void Note(const std::string& peer, int count = 1) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const std::function<std::string(const std::string& peer)> client_of_;
  const std::function<void(const std::string& client)> expel_;
  const Timer* const timer_;
  absl::Mutex mutex_;
  absl::Duration window_ ABSL_GUARDED_BY(mutex_);  // when it began
  std::unordered_map<std::string, int> resets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
