#include "server/metrics/download_metrics.h"

#include <algorithm>

#include "protos/errors/error.h"
#include "server/metrics/catalog.h"

namespace localstore::server {
namespace {

constexpr size_t kCountedRemembered = 1024;

std::pair<std::string, std::string> OutcomeOf(const absl::Status& outcome) {
  if (outcome.ok()) return {"completed", ""};
  const v1::ErrorReason reason = ReasonOf(outcome);
  if (reason == v1::ERROR_REASON_CANCELLED) return {"cancelled", ""};
  return {"failed", ReasonName(reason)};
}

}  // namespace

DownloadMetrics::DownloadMetrics() {
  // There from the start, so that a rate can be taken of them.
  ended_[{"completed", ""}] = 0;
  ended_[{"cancelled", ""}] = 0;
}

void DownloadMetrics::CountRetry(const absl::Status& cause) {
  absl::MutexLock lock(&mutex_);
  ++retries_[ReasonName(ReasonOf(cause))];
}

void DownloadMetrics::CountFailure(const absl::Status& error) {
  if (ReasonOf(error) == v1::ERROR_REASON_DIGEST_MISMATCH) {
    ++digest_mismatches_;
  }
}

void DownloadMetrics::OnJobChanged(const std::shared_ptr<Job>& job) {
  if (!job->ended()) return;
  const auto outcome = OutcomeOf(job->outcome());
  const auto end = std::make_pair(job->sequence(), job->end_time());
  absl::MutexLock lock(&mutex_);
  if (std::find(counted_.begin(), counted_.end(), end) != counted_.end()) {
    return;
  }
  counted_.push_back(end);
  if (counted_.size() > kCountedRemembered) counted_.pop_front();
  ++ended_[outcome];
}

std::vector<prometheus::MetricFamily> DownloadMetrics::Collect() const {
  auto received = MakeFamily("localstore_download_bytes_total");
  AddSample(static_cast<double>(received_bytes_.load()), {}, received);
  auto reused = MakeFamily("localstore_download_reused_bytes_total");
  AddSample(static_cast<double>(reused_bytes_.load()), {}, reused);
  auto mismatches = MakeFamily("localstore_digest_mismatches_total");
  AddSample(static_cast<double>(digest_mismatches_.load()), {}, mismatches);
  auto retries = MakeFamily("localstore_download_retries_total");
  auto ended = MakeFamily("localstore_downloads_ended_total");
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& entry : retries_) {
      AddSample(static_cast<double>(entry.second), {entry.first}, retries);
    }
    for (const auto& entry : ended_) {
      AddSample(static_cast<double>(entry.second),
                {entry.first.first, entry.first.second}, ended);
    }
  }
  return {received, reused, mismatches, retries, ended};
}

}  // namespace localstore::server
