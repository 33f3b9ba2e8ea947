#include "server/metrics/catalog.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace localstore::server {
namespace {

using Type = prometheus::MetricType;

constexpr char kMethod[] = "grpc_type, grpc_service, grpc_method";

const char* TypeName(Type type) {
  switch (type) {
    case Type::Counter:
      return "counter";
    case Type::Gauge:
      return "gauge";
    case Type::Histogram:
      return "histogram";
    case Type::Summary:
      return "summary";
    case Type::Untyped:
      break;
  }
  return "untyped";
}

std::vector<std::string> LabelNames(const MetricInfo& metric) {
  return absl::StrSplit(metric.labels, ", ", absl::SkipEmpty());
}

}  // namespace

const std::vector<MetricInfo>& MetricCatalog() {
  static const auto* const catalog = new std::vector<MetricInfo>{
      {"grpc_server_handled_total", Type::Counter,
       "grpc_type, grpc_service, grpc_method, grpc_code",
       "Calls that have ended, by status code."},
      {"grpc_server_handling_seconds", Type::Histogram, kMethod,
       "Time from a call's start to its end; streams included."},
      {"grpc_server_started_total", Type::Counter, kMethod,
       "Calls that have begun."},
      {"localstore_build_info", Type::Gauge, "version",
       "Always 1; the label says which program this is."},
      {"localstore_cache_bytes", Type::Gauge, "bridge",
       "Estimate of what the records heard on a bridge take in memory."},
      {"localstore_cache_records", Type::Gauge, "bridge",
       "Records heard on a bridge and still valid."},
      {"localstore_digest_mismatches_total", Type::Counter, "",
       "Images whose SHA-256 was not the one asked for."},
      {"localstore_download_bytes_total", Type::Counter, "",
       "Bytes of images received from datastores."},
      {"localstore_download_dir_free_bytes", Type::Gauge, "",
       "Space left for the server in download_dir's file system."},
      {"localstore_download_dir_size_bytes", Type::Gauge, "",
       "Size of download_dir's file system."},
      {"localstore_download_retries_total", Type::Counter, "cause",
       "Attempts of downloads that failed and were followed by another, by the "
       "error's reason."},
      {"localstore_download_reused_bytes_total", Type::Counter, "",
       "Bytes of images that were on the disk already and not transferred "
       "again."},
      {"localstore_downloads_active", Type::Gauge, "", "Downloads that run."},
      {"localstore_downloads_ended_total", Type::Counter, "outcome, reason",
       "Downloads that have ended: completed, cancelled, or failed with the "
       "error's reason."},
      {"localstore_downloads_queued", Type::Gauge, "",
       "Downloads that wait for their turn."},
      {"localstore_hosts_known", Type::Gauge, "bridge",
       "Names with an address in the cache."},
      {"localstore_log_events_suppressed_total", Type::Counter, "",
       "Events left out of the log because too many were alike."},
      {"localstore_log_events_total", Type::Counter, "level",
       "Events written to the log."},
      {"localstore_mdns_packets_received_total", Type::Counter, "bridge",
       "Multicast DNS packets received on a bridge, whatever came of them."},
      {"localstore_mdns_packets_sent_total", Type::Counter, "bridge",
       "Multicast DNS packets sent on a bridge."},
      {"localstore_mdns_queries_sent_total", Type::Counter, "bridge",
       "Questions asked on a bridge."},
      {"localstore_mdns_responses_accepted_total", Type::Counter, "bridge",
       "Responses believed."},
      {"localstore_mdns_responses_rejected_total", Type::Counter,
       "bridge, reason", "Responses, and addresses in them, not believed."},
      {"localstore_resolve_seconds", Type::Histogram, "outcome",
       "Time to the answer about a host: from cache, from network, or the "
       "error's reason."},
      {"localstore_rpcs_in_flight", Type::Gauge, kMethod,
       "Calls that have begun and not ended; open streams."},
      {"localstore_serving", Type::Gauge, "",
       "1 while the service's health is SERVING: a bridge can be asked and the "
       "server does not drain."},
      {"process_cpu_seconds_total", Type::Counter, "",
       "Processor time used, user and system."},
      {"process_max_fds", Type::Gauge, "",
       "File descriptors that the process may have."},
      {"process_open_fds", Type::Gauge, "", "File descriptors that it has."},
      {"process_resident_memory_bytes", Type::Gauge, "",
       "Memory that it occupies."},
      {"process_start_time_seconds", Type::Gauge, "",
       "When it started, in seconds since 1970."},
      {"process_threads", Type::Gauge, "", "Threads that it has."},
      {"process_virtual_memory_bytes", Type::Gauge, "",
       "Address space that it has mapped."},
  };
  return *catalog;
}

const MetricInfo& FindMetric(absl::string_view name) {
  for (const MetricInfo& metric : MetricCatalog()) {
    if (metric.name == name) return metric;
  }
  (void)std::fprintf(stderr, "no metric is called %s\n",
                     std::string(name).c_str());
  std::abort();
}

prometheus::MetricFamily MakeFamily(absl::string_view name) {
  const MetricInfo& metric = FindMetric(name);
  prometheus::MetricFamily family;
  family.name = metric.name;
  family.help = metric.meaning;
  family.type = metric.type;
  return family;
}

std::vector<prometheus::ClientMetric::Label> MakeLabels(
    absl::string_view name, const LabelValues& values) {
  const std::vector<std::string> names = LabelNames(FindMetric(name));
  if (names.size() != values.size()) std::abort();
  std::vector<prometheus::ClientMetric::Label> labels(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    labels[i].name = names[i];
    labels[i].value = values[i];
  }
  return labels;
}

void AddSample(double value, const LabelValues& labels,
               prometheus::MetricFamily& family) {
  prometheus::ClientMetric sample;
  sample.label = MakeLabels(family.name, labels);
  if (family.type == Type::Counter) {
    sample.counter.value = value;
  } else {
    sample.gauge.value = value;
  }
  family.metric.push_back(std::move(sample));
}

std::string FormatMetricTable() {
  std::string table =
      "| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n";
  for (const MetricInfo& metric : MetricCatalog()) {
    std::string labels;
    for (const std::string& label : LabelNames(metric)) {
      absl::StrAppend(&labels, labels.empty() ? "" : ", ", "`", label, "`");
    }
    absl::StrAppend(&table, "| `", metric.name, "` | ", TypeName(metric.type),
                    " | ", labels, " | ", metric.meaning, " |\n");
  }
  return table;
}

}  // namespace localstore::server
