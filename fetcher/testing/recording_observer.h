// Remembers what a fetch reported.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "fetcher/image_fetcher.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {

// Thread-safe.
class RecordingObserver : public FetchObserver {
 public:
  // Calls but OnProgress, one word or two each: "attempt 1", "resolving",
  // "connecting 127.0.0.1", "transferring 10/0", "verifying",
  // "waiting CONNECT_FAILED".
  std::vector<std::string> events() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return events_;
  }
  std::vector<int64_t> progress() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return progress_;
  }
  std::vector<absl::Duration> delays() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return delays_;
  }
  // Reasons of OnAttemptFailed and of OnTrouble.
  std::vector<std::string> failures() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return failures_;
  }
  std::vector<std::string> troubles() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return troubles_;
  }
  std::string effective_url() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return effective_url_;
  }
  // Until an event that begins with `prefix` has come.
  void Await(const std::string& prefix) const ABSL_LOCKS_EXCLUDED(mutex_) {
    const auto came = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return std::any_of(events_.begin(), events_.end(),
                         [&](const std::string& event) {
                           return event.compare(0, prefix.size(), prefix) == 0;
                         });
    };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&came));
  }
  void AwaitProgress(int64_t bytes) const ABSL_LOCKS_EXCLUDED(mutex_) {
    const auto came = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return !progress_.empty() && progress_.back() >= bytes;
    };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&came));
  }
  // Runs in each later call, after it was recorded.
  void OnEvent(std::function<void(const std::string&)> hook)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    hook_ = std::move(hook);
  }

  void OnAttempt(int attempt, const ImageSource& source) override {
    Record(absl::StrCat("attempt ", attempt,
                        source.datastore.empty() ? "" : " ", source.datastore));
  }
  void OnResolving() override { Record("resolving"); }
  void OnConnecting(const Endpoint& endpoint,
                    const std::string& effective_url) override {
    {
      absl::MutexLock lock(&mutex_);
      effective_url_ = effective_url;
    }
    Record(absl::StrCat("connecting ", endpoint.address));
  }
  void OnTransferring(int64_t total_bytes, int64_t resumed_bytes,
                      const std::string& content_type) override {
    Record(absl::StrCat("transferring ", total_bytes, "/", resumed_bytes,
                        content_type.empty() ? "" : " ", content_type));
  }
  void OnProgress(int64_t received_bytes) override {
    absl::MutexLock lock(&mutex_);
    progress_.push_back(received_bytes);
  }
  void OnVerifying() override { Record("verifying"); }
  void OnAttemptFailed(const absl::Status& error) override {
    absl::MutexLock lock(&mutex_);
    failures_.push_back(ReasonName(ReasonOf(error)));
  }
  void OnTrouble(const absl::Status& error) override {
    absl::MutexLock lock(&mutex_);
    troubles_.push_back(ReasonName(ReasonOf(error)));
  }
  void OnWaiting(const absl::Status& error, absl::Duration delay) override {
    {
      absl::MutexLock lock(&mutex_);
      delays_.push_back(delay);
    }
    Record(absl::StrCat("waiting ", ReasonName(ReasonOf(error))));
  }

 private:
  void Record(const std::string& event) ABSL_LOCKS_EXCLUDED(mutex_) {
    std::function<void(const std::string&)> hook;
    {
      absl::MutexLock lock(&mutex_);
      events_.push_back(event);
      hook = hook_;
    }
    if (hook) hook(event);
  }

  mutable absl::Mutex mutex_;
  std::vector<std::string> events_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> failures_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> troubles_ ABSL_GUARDED_BY(mutex_);
  std::vector<int64_t> progress_ ABSL_GUARDED_BY(mutex_);
  std::vector<absl::Duration> delays_ ABSL_GUARDED_BY(mutex_);
  std::string effective_url_ ABSL_GUARDED_BY(mutex_);
  std::function<void(const std::string&)> hook_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::fetcher
