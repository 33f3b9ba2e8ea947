// A server stream that makes each message when it can be sent.
#pragma once

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/support/server_callback.h"
#include "grpcpp/support/status.h"

namespace localstore::server {

// One message at a time is on its way, and the next is made only when that one
// has left: a slow reader costs no memory and sees the newest there is.
//
// Owns itself until gRPC is done with it; who calls from elsewhere holds a
// weak_ptr. Thread-safe.
template <typename Response>
class PullStream : public grpc::ServerWriteReactor<Response>,
                   public std::enable_shared_from_this<PullStream<Response>> {
 public:
  PullStream() = default;
  PullStream(const PullStream&) = delete;
  PullStream& operator=(const PullStream&) = delete;

  // Sends what there is to send, if nothing is on its way. Never blocks.
  void Advance() ABSL_LOCKS_EXCLUDED(mutex_) {
    grpc::Status status;
    switch (Decide(status)) {
      case Next::kNothing:
        break;
      case Next::kWrite:
        this->StartWrite(&response_);
        break;
      case Next::kFinish:
        this->Finish(status);
        break;
    }
  }

  // Ends the stream after what is on its way. The first status counts.
  void End(const grpc::Status& status) ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      if (!ending_) end_status_ = status;
      ending_ = true;
    }
    Advance();
  }

 protected:
  enum class Next { kNothing, kWrite, kFinish };

  // What comes next: fills in `response` or `status` accordingly. Not while a
  // message is on its way; never after kFinish.
  virtual Next Prepare(Response& response, grpc::Status& status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;

  // The stream is over: leave what was joined. Called once, without the lock.
  virtual void Leave() = 0;

  absl::Mutex& mutex() ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  // To be called once, when the stream is wholly made.
  void Own() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    self_ = this->shared_from_this();
  }

 private:
  Next Decide(grpc::Status& status) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (writing_ || finished_) return Next::kNothing;
    Next next = Next::kFinish;
    if (ending_) {
      status = end_status_;
    } else {
      next = Prepare(response_, status);
    }
    writing_ = next == Next::kWrite;
    finished_ = next == Next::kFinish;
    return next;
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
    }
    if (!ok) return End(grpc::Status::CANCELLED);
    Advance();
  }

  void OnCancel() override { End(grpc::Status::CANCELLED); }

  void OnDone() override {
    Leave();
    std::shared_ptr<PullStream> self;  // destroyed after the lock
    absl::MutexLock lock(&mutex_);
    self = std::move(self_);
  }

  absl::Mutex mutex_;
  Response response_;  // of the message on its way
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status end_status_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<PullStream> self_ ABSL_GUARDED_BY(mutex_);
};

// A stream that refuses the call.
template <typename Response>
class RefusedStream : public grpc::ServerWriteReactor<Response> {
 public:
  explicit RefusedStream(const grpc::Status& status) { this->Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace localstore::server
