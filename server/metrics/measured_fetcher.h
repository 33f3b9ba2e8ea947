// A fetcher whose transfers are counted.
#pragma once

#include <memory>

#include "server/jobs/forwarding_fetcher.h"
#include "server/metrics/download_metrics.h"

namespace localstore::server {

class MeasuredFetcher : public ForwardingFetcher {
 public:
  MeasuredFetcher(std::unique_ptr<fetcher::ImageFetcher> inner,
                  std::shared_ptr<DownloadMetrics> metrics);

  absl::StatusOr<fetcher::FetchResult> Fetch(
      const fetcher::FetchRequest& request, fetcher::FetchObserver& observer,
      fetcher::Cancellation& cancellation) override;

 private:
  const std::shared_ptr<DownloadMetrics> metrics_;
};

}  // namespace localstore::server
