// A fetcher whose attempts are in the log.
#pragma once

#include <memory>

#include "server/jobs/forwarding_fetcher.h"

namespace localstore::server {

// The events carry what the LogContexts of the thread that fetches hold, and
// host, bridge and peer as far as they are known. Never a URL: a query may be a
// secret.
class LoggedFetcher : public ForwardingFetcher {
 public:
  explicit LoggedFetcher(std::unique_ptr<fetcher::ImageFetcher> inner)
      : ForwardingFetcher(std::move(inner)) {}

  absl::StatusOr<fetcher::FetchResult> Fetch(
      const fetcher::FetchRequest& request, fetcher::FetchObserver& observer,
      fetcher::Cancellation& cancellation) override;
};

}  // namespace localstore::server
