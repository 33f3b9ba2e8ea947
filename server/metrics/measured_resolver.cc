#include "server/metrics/measured_resolver.h"

#include <chrono>
#include <utility>

#include "absl/strings/ascii.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

using Clock = std::chrono::steady_clock;

// What Resolve fails with; everything else is "other".
constexpr v1::ErrorReason kReasons[] = {
    v1::ERROR_REASON_HOST_NOT_FOUND, v1::ERROR_REASON_NO_BRIDGE,
    v1::ERROR_REASON_NO_USABLE_ADDRESS, v1::ERROR_REASON_INVALID_REQUEST,
    v1::ERROR_REASON_HOST_NOT_LOCAL};

}  // namespace

struct ResolveMetrics::Outcome {
  std::string name;
  LatencyHistogram seconds;
};

ResolveMetrics::ResolveMetrics() {
  const auto add = [this](std::string name) {
    outcomes_.push_back(std::make_unique<Outcome>());
    outcomes_.back()->name = std::move(name);
  };
  add("other");
  add("cache");
  add("network");
  for (const v1::ErrorReason reason : kReasons) {
    add(absl::AsciiStrToLower(ReasonName(reason)));
  }
}

ResolveMetrics::~ResolveMetrics() = default;

ResolveMetrics::Outcome& ResolveMetrics::OutcomeOf(
    const absl::StatusOr<resolver::Resolution>& answer) {
  if (answer.ok()) return *outcomes_[answer->from_cache ? 1 : 2];
  const v1::ErrorReason reason = ReasonOf(answer.status());
  for (size_t i = 0; i < std::size(kReasons); ++i) {
    if (kReasons[i] == reason) return *outcomes_[3 + i];
  }
  return *outcomes_[0];
}

void ResolveMetrics::Count(const absl::StatusOr<resolver::Resolution>& answer,
                           absl::Duration duration) {
  OutcomeOf(answer).seconds.Observe(duration);
}

void ResolveMetrics::CountKnown(absl::Duration duration) {
  outcomes_[1]->seconds.Observe(duration);
}

std::vector<prometheus::MetricFamily> ResolveMetrics::Collect() const {
  auto seconds = MakeFamily("localstore_resolve_seconds");
  for (const auto& outcome : outcomes_) {
    outcome->seconds.AddTo({outcome->name}, seconds);
  }
  return {seconds};
}

MeasuredResolver::MeasuredResolver(
    std::unique_ptr<resolver::HostResolver> inner,
    std::shared_ptr<ResolveMetrics> metrics)
    : metrics_(std::move(metrics)), inner_(std::move(inner)) {}

resolver::HostResolver::OperationId MeasuredResolver::Resolve(
    const std::string& host, const resolver::ResolveOptions& options,
    ResolveCallback done) {
  return inner_->Resolve(
      host, options,
      [metrics = metrics_.get(), start = Clock::now(),
       done = std::move(done)](absl::StatusOr<resolver::Resolution> answer) {
        metrics->Count(answer, absl::FromChrono(Clock::now() - start));
        done(std::move(answer));
      });
}

resolver::KnownAnswer MeasuredResolver::Known(
    const std::string& host, const resolver::ResolveOptions& options) const {
  const Clock::time_point start = Clock::now();
  resolver::KnownAnswer known = inner_->Known(host, options);
  if (known.resolution != nullptr) {
    metrics_->CountKnown(absl::FromChrono(Clock::now() - start));
  }
  return known;
}

resolver::HostResolver::OperationId MeasuredResolver::Browse(
    const resolver::BrowseOptions& options, BrowseCallback event,
    FailedCallback failed) {
  return inner_->Browse(options, std::move(event), std::move(failed));
}

void MeasuredResolver::Cancel(OperationId id) { inner_->Cancel(id); }

std::vector<resolver::BridgeState> MeasuredResolver::Bridges() {
  return inner_->Bridges();
}

resolver::ResolverStatistics MeasuredResolver::Statistics() const {
  return inner_->Statistics();
}

void MeasuredResolver::SetBridgePatterns(std::vector<std::string> patterns) {
  inner_->SetBridgePatterns(std::move(patterns));
}

resolver::HostResolver::OperationId MeasuredResolver::WatchChanges(
    std::function<void()> changed) {
  return inner_->WatchChanges(std::move(changed));
}

}  // namespace localstore::server
