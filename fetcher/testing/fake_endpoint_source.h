// Endpoints as a test says.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "fetcher/endpoint_source.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {

// The loopback in a bridge's place, so that binding to it is tested too.
inline Endpoint LoopbackEndpoint(int service_port,
                                 const std::string& address = "127.0.0.1") {
  Endpoint endpoint;
  endpoint.address = address;
  endpoint.bridge = "lo";
  endpoint.bridge_index = 1;
  endpoint.source_address = "127.0.0.1";
  endpoint.ttl = absl::Seconds(60);
  endpoint.service_port = service_port;
  return endpoint;
}

// Thread-safe.
class FakeEndpointSource : public EndpointSource {
 public:
  // Replaces what is answered for the host, and tells those who watch. None:
  // HOST_NOT_FOUND.
  void Set(const std::string& host, std::vector<Endpoint> endpoints)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      hosts_[host] = std::move(endpoints);
    }
    Notify();
  }
  // Has Find for any host wait until it is cancelled.
  void NeverAnswer() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    answers_ = false;
  }
  void Notify() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, changed] : watchers_) changed();
  }

  std::vector<Query> queries() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return queries_;
  }
  // Until so many queries have come.
  void AwaitQueries(size_t count) const ABSL_LOCKS_EXCLUDED(mutex_) {
    const auto came = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return queries_.size() >= count;
    };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&came));
  }

  absl::StatusOr<std::vector<Endpoint>> Find(
      const Query& query, Cancellation& cancellation) override
      ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      queries_.push_back(query);
      if (answers_) return Answer(query);
    }
    while (!cancellation.WaitFor(absl::Hours(1))) {
    }
    return cancellation.status();
  }

  std::unique_ptr<Subscription> WatchChanges(
      std::function<void()> changed) override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    watchers_[++last_id_] = std::move(changed);
    return std::make_unique<Watcher>(this, last_id_);
  }

 private:
  class Watcher : public Subscription {
   public:
    Watcher(FakeEndpointSource* source, int id) : source_(*source), id_(id) {}
    ~Watcher() override {
      absl::MutexLock lock(&source_.mutex_);
      source_.watchers_.erase(id_);
    }

   private:
    FakeEndpointSource& source_;
    const int id_;
  };

  absl::StatusOr<std::vector<Endpoint>> Answer(const Query& query) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto found = hosts_.find(query.host);
    if (found != hosts_.end() && !found->second.empty()) return found->second;
    return MakeError(v1::ERROR_REASON_HOST_NOT_FOUND,
                     absl::StrCat("nobody answers to ", query.host));
  }

  mutable absl::Mutex mutex_;
  std::map<std::string, std::vector<Endpoint>> hosts_ ABSL_GUARDED_BY(mutex_);
  std::vector<Query> queries_ ABSL_GUARDED_BY(mutex_);
  std::map<int, std::function<void()>> watchers_ ABSL_GUARDED_BY(mutex_);
  int last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  bool answers_ ABSL_GUARDED_BY(mutex_) = true;
};

}  // namespace localstore::fetcher
