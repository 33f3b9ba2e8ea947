// A resolver that answers when a test says so.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "resolver/host_resolver.h"
#include "resolver/resolver_statistics.h"

namespace localstore::server {

class FakeHostResolver : public resolver::HostResolver {
 public:
  struct Asked {
    OperationId id = 0;
    std::string host;
    resolver::ResolveOptions options;
  };

  // From now on every Resolve is answered at once with this.
  void AnswerWith(absl::StatusOr<resolver::Resolution> answer);

  // From now on this is known of `host`; {}: nothing any more.
  void SetKnown(const std::string& host, resolver::KnownAnswer known);

  // The question of that number, from 0; waits for it. id 0: it did not come.
  Asked WaitForResolve(size_t number);
  // Waits until somebody browses; 0: nobody did.
  OperationId WaitForBrowse();
  bool WaitForCancel(OperationId id);

  // Each false if that operation is over.
  bool Answer(OperationId id, absl::StatusOr<resolver::Resolution> answer);
  bool SendEvent(OperationId id, const resolver::BrowseEvent& event);
  bool FailBrowse(OperationId id, const absl::Status& status);
  void Change();
  int watchers() const;

  void SetBridges(std::vector<resolver::BridgeState> bridges);
  void SetStatistics(resolver::ResolverStatistics statistics);
  std::vector<std::string> patterns() const;

  OperationId Resolve(const std::string& host,
                      const resolver::ResolveOptions& options,
                      ResolveCallback done) override;
  // What SetKnown said of the host, whatever the options.
  resolver::KnownAnswer Known(
      const std::string& host,
      const resolver::ResolveOptions& options) const override;
  OperationId Browse(const resolver::BrowseOptions& options,
                     BrowseCallback event, FailedCallback failed) override;
  void Cancel(OperationId id) override;
  std::vector<resolver::BridgeState> Bridges() override;
  resolver::ResolverStatistics Statistics() const override;
  void SetBridgePatterns(std::vector<std::string> patterns) override;
  OperationId WatchChanges(std::function<void()> changed) override;

 private:
  struct Browsing {
    BrowseCallback event;
    FailedCallback failed;
  };

  mutable absl::Mutex mutex_;
  OperationId next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  bool answers_at_once_ ABSL_GUARDED_BY(mutex_) = false;
  absl::StatusOr<resolver::Resolution> answer_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, resolver::KnownAnswer> known_ ABSL_GUARDED_BY(mutex_);
  std::vector<Asked> asked_ ABSL_GUARDED_BY(mutex_);
  std::map<OperationId, ResolveCallback> resolving_ ABSL_GUARDED_BY(mutex_);
  std::map<OperationId, Browsing> browsing_ ABSL_GUARDED_BY(mutex_);
  std::map<OperationId, std::function<void()>> watching_
      ABSL_GUARDED_BY(mutex_);
  std::vector<OperationId> cancelled_ ABSL_GUARDED_BY(mutex_);
  std::vector<resolver::BridgeState> bridges_ ABSL_GUARDED_BY(mutex_);
  resolver::ResolverStatistics statistics_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> patterns_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
