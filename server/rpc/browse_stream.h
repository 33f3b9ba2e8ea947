// The Browse RPC: what the Apps on the bridges advertise.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <tuple>

#include "localstore/v1/local_datastore.pb.h"
#include "resolver/host_resolver.h"
#include "server/requests/resolve_request.h"
#include "server/rpc/pull_stream.h"
#include "server/timer/timer.h"

namespace localstore::server {

// What a slow reader has not been told yet of one service is merged: found and
// lost is nothing, lost and found is changed.
class BrowseStream : public PullStream<v1::BrowseResponse> {
 public:
  // Ends with OK after the order's duration. `resolver` and `timer` must
  // outlive the stream.
  static std::shared_ptr<BrowseStream> Start(const BrowseOrder& order,
                                             resolver::HostResolver* resolver,
                                             Timer* timer);

 private:
  using Key = std::tuple<std::string, std::string, std::string>;

  BrowseStream(resolver::HostResolver* resolver, Timer* timer)
      : resolver_(resolver), timer_(timer) {}

  void OnEvent(const resolver::BrowseEvent& event) ABSL_LOCKS_EXCLUDED(mutex());
  void Merge(const Key& key, v1::BrowseResponse event)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex());
  Next Prepare(v1::BrowseResponse& response, grpc::Status& status) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex());
  void Leave() override;

  resolver::HostResolver* const resolver_;
  Timer* const timer_;
  std::map<Key, v1::BrowseResponse> pending_ ABSL_GUARDED_BY(mutex());
  std::deque<Key> order_ ABSL_GUARDED_BY(mutex());
  resolver::HostResolver::OperationId browsing_ ABSL_GUARDED_BY(mutex()) = 0;
  Timer::Id end_ ABSL_GUARDED_BY(mutex()) = 0;
};

}  // namespace localstore::server
