#include "server/daemon/server_metrics.h"

#include <utility>

#include "google/protobuf/descriptor.h"
#include "grpc/health/v1/health.pb.h"
#include "localstore/v1/local_datastore.pb.h"
#include "server/metrics/gauges.h"
#include "server/metrics/measured_fetcher.h"
#include "server/metrics/process_collector.h"
#include "server/metrics/resolver_collector.h"
#include "version/version.h"

namespace localstore::server {
namespace {

constexpr char kService[] = "localstore.v1.LocalDatastoreService";

std::vector<const google::protobuf::ServiceDescriptor*> ServedServices() {
  // Links the descriptors in.
  v1::Download::descriptor();
  grpc::health::v1::HealthCheckRequest::descriptor();
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const char* name : {kService, "grpc.health.v1.Health",
                           "grpc.reflection.v1alpha.ServerReflection"}) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
            name);
    if (service != nullptr) services.push_back(service);
  }
  return services;
}

std::vector<ReadMetric> Readings(const ServerMetrics::Sources& sources) {
  const JobRegistry* registry = sources.registry;
  const Health* health = sources.health;
  std::vector<ReadMetric> readings = {
      {"localstore_downloads_active",
       {},
       [registry] { return static_cast<double>(registry->active()); }},
      {"localstore_downloads_queued",
       {},
       [registry] { return static_cast<double>(registry->waiting()); }},
      {"localstore_serving", {}, [health] {
         return health->serving() ? 1.0 : 0.0;
       }}};
  for (ReadMetric& metric : DiskMetrics(sources.download_dir)) {
    readings.push_back(std::move(metric));
  }
  for (ReadMetric& metric : LogMetrics()) {
    readings.push_back(std::move(metric));
  }
  return readings;
}

}  // namespace

ServerMetrics::ServerMetrics()
    : rpcs_(std::make_shared<RpcMetrics>(ServedServices())),
      resolves_(std::make_shared<ResolveMetrics>()),
      downloads_(std::make_shared<DownloadMetrics>()) {}

std::unique_ptr<resolver::HostResolver> ServerMetrics::Measure(
    std::unique_ptr<resolver::HostResolver> resolver) const {
  return std::make_unique<MeasuredResolver>(std::move(resolver), resolves_);
}

std::unique_ptr<fetcher::ImageFetcher> ServerMetrics::Measure(
    std::unique_ptr<fetcher::ImageFetcher> fetcher) const {
  return std::make_unique<MeasuredFetcher>(std::move(fetcher), downloads_);
}

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
ServerMetrics::MakeRpcMeter() const {
  return server::MakeRpcMeter(rpcs_.get());
}

int64_t ServerMetrics::calls_in_flight() const {
  return rpcs_->InFlight(kService);
}

absl::StatusOr<std::unique_ptr<MetricsListener>> ServerMetrics::Listen(
    const std::string& address, const Sources& sources) const {
  return MetricsListener::Start(
      address, {rpcs_, resolves_, downloads_,
                std::make_shared<ResolverCollector>(sources.resolver),
                std::make_shared<Gauges>(Readings(sources)),
                std::make_shared<ProcessCollector>(kVersion)});
}

}  // namespace localstore::server
