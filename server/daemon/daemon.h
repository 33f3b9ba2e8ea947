// The whole service, put together.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fetcher/image_fetcher.h"
#include "localstore/v1/config.pb.h"
#include "resolver/host_resolver.h"
#include "server/access/gate.h"
#include "server/daemon/health.h"
#include "server/daemon/health_listener.h"
#include "server/daemon/listeners.h"
#include "server/daemon/server_metrics.h"
#include "server/endpoints/endpoint_source_adapter.h"
#include "server/images/downloaded_images.h"
#include "server/images/orphan_collector.h"
#include "server/jobs/job_registry.h"
#include "server/jobs/job_store.h"
#include "server/jobs/supervised_fetcher.h"
#include "server/metrics/metrics_listener.h"
#include "server/net/peer_directory.h"
#include "server/rpc/local_datastore_service.h"
#include "server/rpc/settings.h"
#include "server/systemd/notifier.h"
#include "server/systemd/watchdog.h"
#include "server/timer/thread_timer.h"

namespace localstore::server {

class Daemon {
 public:
  // Serves when it returns. `config` must have passed CheckConfig. Errors: what
  // is in the way, of the configuration's fields or of the system.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(
      const v1::Config& config,
      std::unique_ptr<resolver::HostResolver> resolver);

  // Drains, if that was not done.
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  const std::vector<std::string>& addresses() const {
    return listeners_->addresses();
  }
  // Of health_listen; "" without it.
  std::string health_address() const {
    return health_listener_ == nullptr ? "" : health_listener_->address();
  }

  // Of metrics_listen; "" without it.
  std::string metrics_address() const {
    return metrics_listener_ == nullptr ? "" : metrics_listener_->address();
  }

  // Takes over what is live of a configuration that has passed CheckConfig, and
  // logs what changed; what is not live stays as it was, which is logged, too.
  void Reload(const v1::Config& config);

  // From now on tells systemd what the server does, and pings its watchdog
  // while every part goes on. `notifier` must outlive the daemon.
  void ReportTo(Notifier* notifier);

  // In a line, for people.
  std::string StatusLine() const;

  // Says so to the health service, takes no more downloads, stops those that
  // run so that they can be resumed, tells each stream, and returns when all
  // calls have ended, which is within some seconds.
  void Drain();

 private:
  explicit Daemon(const v1::Config& config);

  absl::Status Assemble(std::unique_ptr<resolver::HostResolver> resolver);
  absl::Status OpenFiles();
  absl::Status OpenRegistry();
  void CollectOrphans();
  absl::Status Listen();
  absl::Status ServeHealth();
  void WatchCertificates();
  absl::Status ServeMetrics();
  void WaitForCalls() const;

  v1::Config config_;
  std::atomic<bool> draining_{false};
  // In the order in which they need each other.
  ThreadTimer timer_;
  const ServerMetrics metrics_;
  PeerDirectory peers_;
  Gate gate_{&peers_};
  LiveSettings settings_;
  std::unique_ptr<resolver::HostResolver> resolver_;
  std::unique_ptr<EndpointSourceAdapter> endpoints_;
  std::unique_ptr<SupervisedFetcher> fetcher_;
  std::unique_ptr<DownloadedImages> images_;
  std::unique_ptr<JobStore> store_;
  std::unique_ptr<JobRegistry> registry_;
  std::unique_ptr<OrphanCollector> orphans_;
  std::unique_ptr<LocalDatastoreService> service_;
  std::unique_ptr<Listeners> listeners_;
  std::unique_ptr<HealthListener> health_listener_;
  std::unique_ptr<Health> health_;
  std::unique_ptr<MetricsListener> metrics_listener_;
  std::unique_ptr<Watchdog> watchdog_;
};

}  // namespace localstore::server
