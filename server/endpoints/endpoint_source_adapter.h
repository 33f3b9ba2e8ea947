// Plugs the resolver into the fetcher.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "fetcher/cancellation.h"
#include "fetcher/endpoint_source.h"
#include "resolver/host_resolver.h"

namespace localstore::server {

// Thread-safe. `resolver` must outlive it and its subscriptions.
class EndpointSourceAdapter : public fetcher::EndpointSource {
 public:
  explicit EndpointSourceAdapter(resolver::HostResolver* resolver)
      : resolver_(resolver) {}

  // An endpoint's service port is that of the service which the host itself
  // advertises for the scheme: `_http._tcp` or `_https._tcp`. The port of its
  // `_workstation._tcp` is never one of a web server.
  absl::StatusOr<std::vector<fetcher::Endpoint>> Find(
      const Query& query, fetcher::Cancellation& cancellation) override;

  std::unique_ptr<Subscription> WatchChanges(
      std::function<void()> changed) override;

 private:
  resolver::HostResolver* const resolver_;
};

}  // namespace localstore::server
