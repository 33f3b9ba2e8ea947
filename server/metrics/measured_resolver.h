// A resolver whose answers are timed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "prometheus/collectable.h"
#include "resolver/host_resolver.h"
#include "server/metrics/latency_histogram.h"

namespace localstore::server {

// How long answers took, by how they came. Thread-safe.
class ResolveMetrics : public prometheus::Collectable {
 public:
  ResolveMetrics();
  ~ResolveMetrics() override;

  void Count(const absl::StatusOr<resolver::Resolution>& answer,
             absl::Duration duration);
  // One that was known.
  void CountKnown(absl::Duration duration);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Outcome;

  Outcome& OutcomeOf(const absl::StatusOr<resolver::Resolution>& answer);

  std::vector<std::unique_ptr<Outcome>> outcomes_;
};

// Does what `inner` does, and counts the answers; cancelled questions have
// none.
class MeasuredResolver : public resolver::HostResolver {
 public:
  MeasuredResolver(std::unique_ptr<resolver::HostResolver> inner,
                   std::shared_ptr<ResolveMetrics> metrics);

  OperationId Resolve(const std::string& host,
                      const resolver::ResolveOptions& options,
                      ResolveCallback done) override;
  resolver::KnownAnswer Known(
      const std::string& host,
      const resolver::ResolveOptions& options) const override;
  OperationId Browse(const resolver::BrowseOptions& options,
                     BrowseCallback event, FailedCallback failed) override;
  void Cancel(OperationId id) override;
  std::vector<resolver::BridgeState> Bridges() override;
  resolver::ResolverStatistics Statistics() const override;
  void SetBridgePatterns(std::vector<std::string> patterns) override;
  OperationId WatchChanges(std::function<void()> changed) override;

 private:
  const std::shared_ptr<ResolveMetrics> metrics_;
  const std::unique_ptr<resolver::HostResolver> inner_;
};

}  // namespace localstore::server
