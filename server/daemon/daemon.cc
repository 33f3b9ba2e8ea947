#include "server/daemon/daemon.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "protos/errors/error.h"
#include "server/daemon/job_restore.h"
#include "server/daemon/live_config.h"
#include "server/daemon/liveness.h"
#include "server/jobs/logged_fetcher.h"
#include "server/logging/log.h"
#include "server/net/port_file.h"

namespace localstore::server {
namespace {

// Streams have been told by then; what is left is slow readers and resolves.
constexpr absl::Duration kDrainGrace = absl::Seconds(4);
// Then they are cut off, and have this long to notice.
constexpr absl::Duration kCutOffGrace = absl::Seconds(1);
constexpr absl::Duration kLookInterval = absl::Milliseconds(10);

constexpr absl::Duration kCertificateInterval = absl::Seconds(2);

absl::Status MakeDirectory(const std::string& path, const char* field) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return MakeBadRequest(
      {{field, absl::StrCat(path, " cannot be made: ", error.message())}});
}

// One that is there already keeps the mode that somebody gave it.
absl::Status MakePrivateDirectory(const std::string& path) {
  std::error_code ignored;
  const bool there = std::filesystem::exists(path, ignored);
  absl::Status made = MakeDirectory(path, "state_dir");
  if (!made.ok() || there) return made;
  std::error_code error;
  std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  if (!error) return absl::OkStatus();
  return MakeBadRequest(
      {{"state_dir",
        absl::StrCat(path, " cannot be made private: ", error.message())}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(
    const v1::Config& config,
    std::unique_ptr<resolver::HostResolver> resolver) {
  std::unique_ptr<Daemon> daemon(new Daemon(config));
  absl::Status status = daemon->Assemble(std::move(resolver));
  if (!status.ok()) return status;
  return daemon;
}

Daemon::Daemon(const v1::Config& config)
    : config_(config), settings_(MakeSettings(config)) {}

absl::Status Daemon::Assemble(
    std::unique_ptr<resolver::HostResolver> resolver) {
  resolver_ = metrics_.Measure(std::move(resolver));
  endpoints_ = std::make_unique<EndpointSourceAdapter>(resolver_.get());
  absl::Status status = OpenFiles();
  if (status.ok()) status = OpenRegistry();
  if (status.ok()) status = Listen();
  return status;
}

absl::Status Daemon::OpenFiles() {
  absl::Status status = MakeDirectory(config_.download_dir(), "download_dir");
  if (status.ok()) status = MakePrivateDirectory(config_.state_dir());
  if (!status.ok()) return status;
  auto store = OpenJobStore(config_, &timer_);
  if (!store.ok()) return store.status();
  store_ = *std::move(store);
  auto fetcher = fetcher::ImageFetcher::Create(MakeFetcherOptions(config_),
                                               endpoints_.get());
  if (!fetcher.ok()) return fetcher.status();
  fetcher_ = std::make_unique<SupervisedFetcher>(
      std::make_unique<LoggedFetcher>(metrics_.Measure(*std::move(fetcher))),
      &timer_);
  auto images = DownloadedImages::Open(config_.download_dir());
  if (!images.ok()) return images.status();
  images_ = *std::move(images);
  return absl::OkStatus();
}

absl::Status Daemon::OpenRegistry() {
  JobRegistry::Parts parts;
  parts.fetcher = fetcher_.get();
  parts.files = images_.get();
  parts.store = store_.get();
  parts.timer = &timer_;
  registry_ =
      std::make_unique<JobRegistry>(MakeRegistryOptions(config_), parts);
  registry_->observers().Add(metrics_.job_observer());
  absl::Status restored =
      RestoreJobs(*store_, *settings_.Get(), *fetcher_, *registry_);
  if (restored.ok()) CollectOrphans();
  return restored;
}

void Daemon::CollectOrphans() {
  OrphanCollector::Parts parts;
  parts.download_directory = config_.download_dir();
  parts.fetcher = fetcher_.get();
  parts.is_claimed = [registry = registry_.get()](const std::string& path) {
    return registry->Claims(path);
  };
  orphans_ = std::make_unique<OrphanCollector>(std::move(parts),
                                               MaxOrphanAge(config_));
}

absl::Status Daemon::Listen() {
  LocalDatastoreService::Parts parts;
  parts.resolver = resolver_.get();
  parts.fetcher = fetcher_.get();
  parts.files = images_.get();
  parts.registry = registry_.get();
  parts.settings = &settings_;
  parts.timer = &timer_;
  parts.peers = &peers_;
  parts.gate = &gate_;
  service_ = std::make_unique<LocalDatastoreService>(parts);

  absl::Status configured = ConfigureGate(config_, gate_);
  if (!configured.ok()) return configured;
  auto listeners = Listeners::Start(config_, service_.get(), &gate_, &peers_,
                                    &timer_, metrics_.MakeRpcMeter());
  if (!listeners.ok()) return listeners.status();
  listeners_ = *std::move(listeners);
  absl::Status status = ServeHealth();
  if (status.ok()) status = ServeMetrics();
  if (!status.ok()) return status;
  if (listeners_->certificates() != nullptr) WatchCertificates();
  for (const std::string& address : listeners_->addresses()) {
    LogInfo("listening", {{"address", address}});
  }
  if (config_.port_file().empty()) return absl::OkStatus();
  return WritePortFile(config_.port_file(), listeners_->addresses());
}

absl::Status Daemon::ServeHealth() {
  grpc::HealthCheckServiceInterface* service = listeners_->health();
  if (!config_.health_listen().empty()) {
    auto listener =
        HealthListener::Start(config_.health_listen(), service, &timer_);
    if (!listener.ok()) return listener.status();
    health_listener_ = *std::move(listener);
    service = health_listener_.get();
    LogInfo("listening for health checks", {{"address", health_address()}});
  }
  health_ = std::make_unique<Health>(service, resolver_.get(), &timer_);
  return absl::OkStatus();
}

// Nothing that is watched is left when the timer is.
void Daemon::WatchCertificates() {
  timer_.CallAfter(kCertificateInterval,
                   [this, weak = std::weak_ptr<ServerCertificates>(
                              listeners_->certificates())] {
                     const auto certificates = weak.lock();
                     if (certificates == nullptr) return;
                     certificates->Refresh();
                     WatchCertificates();
                   });
}

absl::Status Daemon::ServeMetrics() {
  if (config_.metrics_listen().empty()) return absl::OkStatus();
  ServerMetrics::Sources sources;
  sources.resolver = resolver_.get();
  sources.registry = registry_.get();
  sources.health = health_.get();
  sources.download_dir = config_.download_dir();
  auto listener = metrics_.Listen(config_.metrics_listen(), sources);
  if (!listener.ok()) return listener.status();
  metrics_listener_ = *std::move(listener);
  LogInfo("serving metrics", {{"address", metrics_address()}});
  return absl::OkStatus();
}

void Daemon::Reload(const v1::Config& config) {
  const ConfigChanges changes = CompareConfigs(config_, config);
  ConfigureLog(config);
  settings_.Set(MakeSettings(config));
  const absl::Status access = ConfigureGate(config, gate_);
  if (!access.ok()) {
    LogError("keeping the access rules as they were",
             {{"error", std::string(access.message())}});
  }
  listeners_->SetLimits(config);
  if (listeners_->certificates() != nullptr) {
    listeners_->certificates()->Reload();
  }
  registry_->SetOptions(MakeRegistryOptions(config));
  orphans_->SetMaxAge(MaxOrphanAge(config));
  resolver_->SetBridgePatterns(
      {config.bridges().begin(), config.bridges().end()});
  config_ = config;
  LogInfo("configuration reloaded",
          {{"changed", absl::StrJoin(changes.live, ", ")},
           {"needs_restart", absl::StrJoin(changes.needs_restart, ", ")}});
}

void Daemon::ReportTo(Notifier* notifier) {
  if (!notifier->active()) return;
  LivingParts parts;
  parts.timer = &timer_;
  parts.resolver = resolver_.get();
  parts.fetcher = fetcher_.get();
  parts.server = listeners_->server();
  watchdog_ = std::make_unique<Watchdog>(
      Watchdog::OptionsFor(*notifier), MakeLivenessProbes(parts),
      [this] { return StatusLine(); }, notifier);
}

std::string Daemon::StatusLine() const {
  return absl::StrCat(draining_ ? "draining at " : "serving at ",
                      absl::StrJoin(listeners_->addresses(), ", "), "; ",
                      registry_->active(), " downloads run, ",
                      registry_->waiting(), " wait");
}

Daemon::~Daemon() {
  if (listeners_ != nullptr) Drain();
}

// Calls are still taken meanwhile, so that those that come hear why there is
// nothing for them, and when to come back.
void Daemon::WaitForCalls() const {
  const absl::Duration give_up = timer_.Elapsed() + kDrainGrace;
  while (metrics_.calls_in_flight() > 0 && timer_.Elapsed() < give_up) {
    absl::SleepFor(kLookInterval);
  }
}

void Daemon::Drain() {
  if (health_ == nullptr) return;
  draining_ = true;
  health_->Drain();
  registry_->Drain();
  service_->EndStreams();
  WaitForCalls();
  listeners_->Shutdown(kCutOffGrace);
  metrics_listener_.reset();
  health_.reset();
  health_listener_.reset();
  watchdog_.reset();
}

}  // namespace localstore::server
