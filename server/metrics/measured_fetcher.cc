#include "server/metrics/measured_fetcher.h"

#include <cstdint>
#include <utility>

namespace localstore::server {
namespace {

// Passes on what it observes.
class Meter : public fetcher::FetchObserver {
 public:
  Meter(fetcher::FetchObserver& observer, DownloadMetrics& metrics)
      : observer_(observer), metrics_(metrics) {}

  void OnAttempt(int attempt, const fetcher::ImageSource& source) override {
    observer_.OnAttempt(attempt, source);
  }
  void OnResolving() override { observer_.OnResolving(); }
  void OnConnecting(const fetcher::Endpoint& endpoint,
                    const std::string& effective_url) override {
    observer_.OnConnecting(endpoint, effective_url);
  }
  void OnTransferring(int64_t total_bytes, int64_t resumed_bytes,
                      const std::string& content_type) override {
    metrics_.CountReused(resumed_bytes);
    position_ = resumed_bytes;
    observer_.OnTransferring(total_bytes, resumed_bytes, content_type);
  }
  void OnProgress(int64_t received_bytes) override {
    if (received_bytes > position_) {
      metrics_.CountReceived(received_bytes - position_);
    }
    position_ = received_bytes;
    observer_.OnProgress(received_bytes);
  }
  void OnVerifying() override { observer_.OnVerifying(); }
  void OnWaiting(const absl::Status& error, absl::Duration delay) override {
    metrics_.CountRetry(error);
    metrics_.CountFailure(error);
    observer_.OnWaiting(error, delay);
  }

 private:
  fetcher::FetchObserver& observer_;
  DownloadMetrics& metrics_;
  int64_t position_ = 0;
};

}  // namespace

MeasuredFetcher::MeasuredFetcher(std::unique_ptr<fetcher::ImageFetcher> inner,
                                 std::shared_ptr<DownloadMetrics> metrics)
    : inner_(std::move(inner)), metrics_(std::move(metrics)) {}

absl::Status MeasuredFetcher::Validate(
    const fetcher::FetchRequest& request) const {
  return inner_->Validate(request);
}

absl::StatusOr<fetcher::FetchResult> MeasuredFetcher::Fetch(
    const fetcher::FetchRequest& request, fetcher::FetchObserver& observer,
    fetcher::Cancellation& cancellation) {
  Meter meter(observer, *metrics_);
  auto result = inner_->Fetch(request, meter, cancellation);
  if (!result.ok()) {
    metrics_->CountFailure(result.status());
  } else if (!result->transferred) {
    metrics_->CountReused(result->size_bytes);
  }
  return result;
}

absl::Status MeasuredFetcher::DiscardPartial(const std::string& destination) {
  return inner_->DiscardPartial(destination);
}

}  // namespace localstore::server
