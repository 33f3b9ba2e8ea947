#include "server/endpoints/endpoint_source_adapter.h"

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace localstore::server {
namespace {

// What the caller waits for; kept alive by whoever may still touch it.
struct Pending {
  absl::Mutex mutex;
  bool answered ABSL_GUARDED_BY(mutex) = false;
  bool cancelled ABSL_GUARDED_BY(mutex) = false;
  absl::StatusOr<resolver::Resolution> answer ABSL_GUARDED_BY(mutex);

  bool Over() const ABSL_SHARED_LOCKS_REQUIRED(mutex) {
    return answered || cancelled;
  }
};

// The lowest of several, so that each call gives the same.
int ServicePort(const resolver::Endpoint& endpoint, const std::string& host,
                const std::string& scheme) {
  const std::string type = absl::StrCat("_", scheme, "._tcp");
  int port = 0;
  for (const resolver::ServiceInstance& service : endpoint.services) {
    if (!absl::EqualsIgnoreCase(service.type, type) || service.port == 0 ||
        !absl::EqualsIgnoreCase(service.host, host)) {
      continue;
    }
    if (port == 0 || service.port < port) port = service.port;
  }
  return port;
}

std::vector<fetcher::Endpoint> Convert(const resolver::Resolution& resolution,
                                       const std::string& scheme) {
  std::vector<fetcher::Endpoint> endpoints;
  endpoints.reserve(resolution.endpoints.size());
  for (const resolver::Endpoint& found : resolution.endpoints) {
    fetcher::Endpoint endpoint;
    endpoint.address = found.address;
    endpoint.bridge = found.bridge;
    endpoint.bridge_index = found.bridge_index;
    endpoint.source_address = found.source_address;
    endpoint.ttl = found.ttl;
    endpoint.service_port = ServicePort(found, resolution.host, scheme);
    endpoints.push_back(std::move(endpoint));
  }
  return endpoints;
}

class ResolverSubscription : public fetcher::EndpointSource::Subscription {
 public:
  ResolverSubscription(resolver::HostResolver* resolver,
                       resolver::HostResolver::OperationId id)
      : resolver_(resolver), id_(id) {}
  ~ResolverSubscription() override { resolver_->Cancel(id_); }
  ResolverSubscription(const ResolverSubscription&) = delete;
  ResolverSubscription& operator=(const ResolverSubscription&) = delete;

 private:
  resolver::HostResolver* const resolver_;
  const resolver::HostResolver::OperationId id_;
};

}  // namespace

absl::StatusOr<std::vector<fetcher::Endpoint>> EndpointSourceAdapter::Find(
    const Query& query, fetcher::Cancellation& cancellation) {
  resolver::ResolveOptions options;
  options.bridges = query.bridges;
  options.bypass_cache = query.fresh;
  if (query.timeout > absl::ZeroDuration()) options.timeout = query.timeout;
  // Answers about services take longer than those with addresses.
  if (!query.scheme.empty()) {
    options.service = absl::StrCat("_", query.scheme, "._tcp");
  }

  const auto pending = std::make_shared<Pending>();
  const resolver::HostResolver::OperationId id = resolver_->Resolve(
      query.host, options,
      [pending](absl::StatusOr<resolver::Resolution> answer) {
        absl::MutexLock lock(&pending->mutex);
        pending->answered = true;
        pending->answer = std::move(answer);
      });
  fetcher::Cancellation::Registration wake(cancellation, [pending] {
    absl::MutexLock lock(&pending->mutex);
    pending->cancelled = true;
  });
  {
    absl::MutexLock lock(&pending->mutex);
    pending->mutex.Await(absl::Condition(pending.get(), &Pending::Over));
    if (pending->answered) {
      if (!pending->answer.ok()) return pending->answer.status();
      return Convert(*pending->answer, query.scheme);
    }
  }
  resolver_->Cancel(id);
  return cancellation.status();
}

std::unique_ptr<fetcher::EndpointSource::Subscription>
EndpointSourceAdapter::WatchChanges(std::function<void()> changed) {
  return std::make_unique<ResolverSubscription>(
      resolver_, resolver_->WatchChanges(std::move(changed)));
}

}  // namespace localstore::server
