// Everything that the server counts, and where it is served.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "fetcher/image_fetcher.h"
#include "grpcpp/support/server_interceptor.h"
#include "resolver/host_resolver.h"
#include "server/daemon/health.h"
#include "server/jobs/job_registry.h"
#include "server/metrics/download_metrics.h"
#include "server/metrics/measured_resolver.h"
#include "server/metrics/metrics_listener.h"
#include "server/metrics/rpc_metrics.h"

namespace localstore::server {

class ServerMetrics {
 public:
  ServerMetrics();

  // What takes the place of each part, so that it is counted.
  std::unique_ptr<resolver::HostResolver> Measure(
      std::unique_ptr<resolver::HostResolver> resolver) const;
  std::unique_ptr<fetcher::ImageFetcher> Measure(
      std::unique_ptr<fetcher::ImageFetcher> fetcher) const;
  // The server with it must not outlive this.
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
  MakeRpcMeter() const;
  // Calls of the service that have not ended.
  int64_t calls_in_flight() const;
  // Wants to know of all downloads.
  std::weak_ptr<JobObserver> job_observer() const { return downloads_; }

  // What is read when somebody asks. All must outlive the listener.
  struct Sources {
    const resolver::HostResolver* resolver = nullptr;
    const JobRegistry* registry = nullptr;
    const Health* health = nullptr;
    std::string download_dir;
  };
  // Errors: those of MetricsListener::Start.
  absl::StatusOr<std::unique_ptr<MetricsListener>> Listen(
      const std::string& address, const Sources& sources) const;

 private:
  const std::shared_ptr<RpcMetrics> rpcs_;
  const std::shared_ptr<ResolveMetrics> resolves_;
  const std::shared_ptr<DownloadMetrics> downloads_;
};

}  // namespace localstore::server
