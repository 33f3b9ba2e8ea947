#include "server/metrics/gauges.h"

#include <sys/statvfs.h>

#include "server/logging/log.h"

namespace localstore::server {

std::vector<prometheus::MetricFamily> Gauges::Collect() const {
  std::vector<prometheus::MetricFamily> families;
  for (const ReadMetric& metric : metrics_) {
    const absl::optional<double> value = metric.read();
    if (!value.has_value()) continue;
    if (families.empty() || families.back().name != metric.name) {
      families.push_back(MakeFamily(metric.name));
    }
    AddSample(*value, metric.labels, families.back());
  }
  return families;
}

std::vector<ReadMetric> DiskMetrics(const std::string& directory) {
  using Statvfs = struct statvfs;
  const auto bytes = [&directory](fsblkcnt_t Statvfs::*blocks) {
    return [directory, blocks]() -> absl::optional<double> {
      Statvfs system{};
      if (statvfs(directory.c_str(), &system) != 0) return absl::nullopt;
      return static_cast<double>(system.*blocks) *
             static_cast<double>(system.f_frsize);
    };
  };
  return {
      {"localstore_download_dir_free_bytes", {}, bytes(&Statvfs::f_bavail)},
      {"localstore_download_dir_size_bytes", {}, bytes(&Statvfs::f_blocks)}};
}

std::vector<ReadMetric> LogMetrics() {
  std::vector<ReadMetric> metrics;
  for (const LogLevel level : {LogLevel::kDebug, LogLevel::kInfo,
                               LogLevel::kWarning, LogLevel::kError}) {
    metrics.push_back(
        {"localstore_log_events_total",
         {std::string(LogLevelName(level))},
         [level] { return static_cast<double>(LoggedEvents(level)); }});
  }
  metrics.push_back({"localstore_log_events_suppressed_total", {}, [] {
                       return static_cast<double>(SuppressedEvents());
                     }});
  return metrics;
}

}  // namespace localstore::server
