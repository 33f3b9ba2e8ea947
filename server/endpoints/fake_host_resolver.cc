#include "server/endpoints/fake_host_resolver.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"

namespace localstore::server {
namespace {

constexpr absl::Duration kHang = absl::Seconds(30);

}  // namespace

void FakeHostResolver::AnswerWith(absl::StatusOr<resolver::Resolution> answer) {
  absl::MutexLock lock(&mutex_);
  answers_at_once_ = true;
  answer_ = std::move(answer);
}

void FakeHostResolver::SetKnown(const std::string& host,
                                resolver::KnownAnswer known) {
  absl::MutexLock lock(&mutex_);
  known_[host] = std::move(known);
}

resolver::KnownAnswer FakeHostResolver::Known(
    const std::string& host, const resolver::ResolveOptions&) const {
  absl::MutexLock lock(&mutex_);
  const auto found = known_.find(host);
  return found == known_.end() ? resolver::KnownAnswer() : found->second;
}

FakeHostResolver::Asked FakeHostResolver::WaitForResolve(size_t number) {
  const auto there = [this, number]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return asked_.size() > number;
  };
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithTimeout(absl::Condition(&there), kHang)) return {};
  return asked_[number];
}

resolver::HostResolver::OperationId FakeHostResolver::WaitForBrowse() {
  const auto there = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !browsing_.empty();
  };
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithTimeout(absl::Condition(&there), kHang)) return 0;
  return browsing_.rbegin()->first;
}

bool FakeHostResolver::WaitForCancel(OperationId id) {
  const auto gone = [this, id]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return std::find(cancelled_.begin(), cancelled_.end(), id) !=
           cancelled_.end();
  };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&gone), kHang);
}

bool FakeHostResolver::Answer(OperationId id,
                              absl::StatusOr<resolver::Resolution> answer) {
  ResolveCallback done;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = resolving_.find(id);
    if (found == resolving_.end()) return false;
    done = std::move(found->second);
    resolving_.erase(found);
  }
  done(std::move(answer));
  return true;
}

bool FakeHostResolver::SendEvent(OperationId id,
                                 const resolver::BrowseEvent& event) {
  BrowseCallback callback;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = browsing_.find(id);
    if (found == browsing_.end()) return false;
    callback = found->second.event;
  }
  callback(event);
  return true;
}

bool FakeHostResolver::FailBrowse(OperationId id, const absl::Status& status) {
  FailedCallback callback;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = browsing_.find(id);
    if (found == browsing_.end()) return false;
    callback = std::move(found->second.failed);
    browsing_.erase(found);
  }
  callback(status);
  return true;
}

void FakeHostResolver::Change() {
  std::vector<std::function<void()>> callbacks;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& entry : watching_) callbacks.push_back(entry.second);
  }
  for (const auto& callback : callbacks) callback();
}

int FakeHostResolver::watchers() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(watching_.size());
}

void FakeHostResolver::SetBridges(std::vector<resolver::BridgeState> bridges) {
  absl::MutexLock lock(&mutex_);
  bridges_ = std::move(bridges);
}

void FakeHostResolver::SetStatistics(resolver::ResolverStatistics statistics) {
  absl::MutexLock lock(&mutex_);
  statistics_ = std::move(statistics);
}

std::vector<std::string> FakeHostResolver::patterns() const {
  absl::MutexLock lock(&mutex_);
  return patterns_;
}

resolver::HostResolver::OperationId FakeHostResolver::Resolve(
    const std::string& host, const resolver::ResolveOptions& options,
    ResolveCallback done) {
  absl::StatusOr<resolver::Resolution> answer;
  OperationId id = 0;
  {
    absl::MutexLock lock(&mutex_);
    id = next_id_++;
    asked_.push_back({id, host, options});
    if (!answers_at_once_) {
      resolving_.emplace(id, std::move(done));
      return id;
    }
    answer = answer_;
  }
  done(std::move(answer));
  return id;
}

resolver::HostResolver::OperationId FakeHostResolver::Browse(
    const resolver::BrowseOptions&, BrowseCallback event,
    FailedCallback failed) {
  absl::MutexLock lock(&mutex_);
  const OperationId id = next_id_++;
  browsing_.emplace(id, Browsing{std::move(event), std::move(failed)});
  return id;
}

void FakeHostResolver::Cancel(OperationId id) {
  absl::MutexLock lock(&mutex_);
  resolving_.erase(id);
  browsing_.erase(id);
  watching_.erase(id);
  cancelled_.push_back(id);
}

std::vector<resolver::BridgeState> FakeHostResolver::Bridges() {
  absl::MutexLock lock(&mutex_);
  return bridges_;
}

resolver::ResolverStatistics FakeHostResolver::Statistics() const {
  absl::MutexLock lock(&mutex_);
  return statistics_;
}

void FakeHostResolver::SetBridgePatterns(std::vector<std::string> patterns) {
  absl::MutexLock lock(&mutex_);
  patterns_ = std::move(patterns);
}

resolver::HostResolver::OperationId FakeHostResolver::WatchChanges(
    std::function<void()> changed) {
  absl::MutexLock lock(&mutex_);
  const OperationId id = next_id_++;
  watching_.emplace(id, std::move(changed));
  return id;
}

}  // namespace localstore::server
