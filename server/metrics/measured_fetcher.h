// A fetcher whose transfers are counted.
#pragma once

#include <memory>
#include <string>

#include "fetcher/image_fetcher.h"
#include "server/metrics/download_metrics.h"

namespace localstore::server {

// Does what `inner` does.
class MeasuredFetcher : public fetcher::ImageFetcher {
 public:
  MeasuredFetcher(std::unique_ptr<fetcher::ImageFetcher> inner,
                  std::shared_ptr<DownloadMetrics> metrics);

  absl::Status Validate(const fetcher::FetchRequest& request) const override;
  absl::StatusOr<fetcher::FetchResult> Fetch(
      const fetcher::FetchRequest& request, fetcher::FetchObserver& observer,
      fetcher::Cancellation& cancellation) override;
  absl::Status DiscardPartial(const std::string& destination) override;

 private:
  const std::unique_ptr<fetcher::ImageFetcher> inner_;
  const std::shared_ptr<DownloadMetrics> metrics_;
};

}  // namespace localstore::server
