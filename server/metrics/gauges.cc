#include "server/metrics/gauges.h"

#include <sys/statvfs.h>

#include "server/logging/log.h"

namespace localstore::server {
namespace {

using FileSystem = struct statvfs;

// How large that many blocks are, of the file system that `directory` is on.
ReadMetric BytesOf(const std::string& name, const std::string& directory,
                   fsblkcnt_t FileSystem::*blocks) {
  return {name, {}, [directory, blocks]() -> absl::optional<double> {
            FileSystem system{};
            if (statvfs(directory.c_str(), &system) != 0) return absl::nullopt;
            return static_cast<double>(system.*blocks) *
                   static_cast<double>(system.f_frsize);
          }};
}

}  // namespace

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
  return {BytesOf("localstore_download_dir_free_bytes", directory,
                  &FileSystem::f_bavail),
          BytesOf("localstore_download_dir_size_bytes", directory,
                  &FileSystem::f_blocks)};
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
