#include "server/metrics/measured_fetcher.h"

#include <cstdint>
#include <utility>

namespace localstore::server {
namespace {

class Meter : public ForwardingObserver {
 public:
  Meter(fetcher::FetchObserver& observer, DownloadMetrics& metrics)
      : ForwardingObserver(observer), metrics_(metrics) {}

  void OnAttempt(int attempt, const fetcher::ImageSource& source) override {
    if (!failure_.ok()) metrics_.CountRetry(failure_);
    failure_ = absl::OkStatus();
    begun_ = false;
    ForwardingObserver::OnAttempt(attempt, source);
  }
  void OnTransferring(int64_t total_bytes, int64_t resumed_bytes,
                      const std::string& content_type) override {
    if (!begun_) metrics_.CountReused(resumed_bytes);
    begun_ = true;
    position_ = resumed_bytes;
    ForwardingObserver::OnTransferring(total_bytes, resumed_bytes,
                                       content_type);
  }
  void OnProgress(int64_t received_bytes) override {
    if (received_bytes > position_) {
      metrics_.CountReceived(received_bytes - position_);
    }
    position_ = received_bytes;
    ForwardingObserver::OnProgress(received_bytes);
  }
  void OnAttemptFailed(const absl::Status& error) override {
    failure_ = error;
    metrics_.CountFailure(error);
    ForwardingObserver::OnAttemptFailed(error);
  }
  void OnTrouble(const absl::Status& error) override {
    metrics_.CountFailure(error);
    ForwardingObserver::OnTrouble(error);
  }

 private:
  DownloadMetrics& metrics_;
  absl::Status failure_;  // of the attempt before
  bool begun_ = false;    // the attempt has brought something
  int64_t position_ = 0;
};

}  // namespace

MeasuredFetcher::MeasuredFetcher(std::unique_ptr<fetcher::ImageFetcher> inner,
                                 std::shared_ptr<DownloadMetrics> metrics)
    : ForwardingFetcher(std::move(inner)), metrics_(std::move(metrics)) {}

absl::StatusOr<fetcher::FetchResult> MeasuredFetcher::Fetch(
    const fetcher::FetchRequest& request, fetcher::FetchObserver& observer,
    fetcher::Cancellation& cancellation) {
  Meter meter(observer, *metrics_);
  auto result = ForwardingFetcher::Fetch(request, meter, cancellation);
  if (result.ok() && !result->transferred) {
    metrics_->CountReused(result->size_bytes);
  }
  return result;
}

}  // namespace localstore::server
