#include "server/config/config_check.h"

#include <cstdint>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/access/access_rules.h"
#include "server/convert/time.h"
#include "server/logging/log.h"
#include "server/net/listen_address.h"
#include "server/net/unix_socket.h"
#include "server/requests/field_checks.h"
#include "server/requests/image_sources.h"
#include "server/requests/violations.h"

namespace localstore::server {
namespace {

void CheckRange(int64_t value, int64_t least, int64_t most,
                absl::string_view field, Violations& violations) {
  if (value >= least && value <= most) return;
  violations.Add(field,
                 absl::StrCat(value, " is not from ", least, " to ", most));
}

void CheckPositive(const google::protobuf::Duration& duration,
                   absl::string_view field, Violations& violations) {
  const bool zero = CheckDuration(duration, absl::ZeroDuration(), field,
                                  violations) == absl::ZeroDuration();
  if (zero && !violations.Has(field)) {
    violations.Add(field, "must be longer than 0");
  }
}

// Of a second at least, or 0 where that means none.
void CheckInterval(const google::protobuf::Duration& duration, bool may_be_zero,
                   absl::string_view field, Violations& violations) {
  const absl::Duration taken =
      CheckDuration(duration, absl::ZeroDuration(), field, violations);
  if (taken >= absl::Seconds(1) || violations.Has(field)) return;
  if (may_be_zero && taken == absl::ZeroDuration()) return;
  violations.Add(field, "is shorter than a second");
}

void CheckConnections(const v1::Config& config, Violations& violations) {
  CheckRange(config.max_calls_per_client(), 1, 100'000, "max_calls_per_client",
             violations);
  CheckRange(config.max_connections(), 4, 100'000, "max_connections",
             violations);
  CheckRange(config.max_streams_per_connection(), 1, 100'000,
             "max_streams_per_connection", violations);
  CheckRange(config.max_request_bytes(), 1024, 64 << 20, "max_request_bytes",
             violations);
  CheckRange(config.max_metadata_bytes(), 1024, 1 << 20, "max_metadata_bytes",
             violations);
  CheckInterval(config.keepalive_time(), false, "keepalive_time", violations);
  CheckInterval(config.keepalive_timeout(), false, "keepalive_timeout",
                violations);
  CheckInterval(config.max_connection_idle(), true, "max_connection_idle",
                violations);
  CheckInterval(config.max_connection_age(), true, "max_connection_age",
                violations);
}

void CheckListen(const v1::Config& config, Violations& violations) {
  for (int i = 0; i < config.listen_size(); ++i) {
    const std::string field = absl::StrCat("listen[", i, "]");
    const auto address = ParseListenAddress(config.listen(i), field);
    violations.Merge(address.status(), field);
    if (!address.ok() || address->kind != ListenAddress::Kind::kTcp ||
        address->loopback || !config.tls_certificate().empty() ||
        config.allow_insecure_listen()) {
      continue;
    }
    violations.Add(field,
                   absl::StrCat("\"", config.listen(i),
                                "\" would be served in clear to other hosts; "
                                "give tls_certificate and tls_key, or a "
                                "loopback address or Unix socket, or set "
                                "allow_insecure_listen"));
  }
}

void CheckHealthListen(const v1::Config& config, Violations& violations) {
  if (config.health_listen().empty()) return;
  const auto address =
      ParseListenAddress(config.health_listen(), "health_listen");
  violations.Merge(address.status(), "health_listen");
  if (address.ok() && address->kind == ListenAddress::Kind::kUnix) {
    violations.Add("health_listen",
                   "is a Unix socket; health can be asked for at those of "
                   "`listen` anyway, give \"address:port\"");
  }
}

// Metrics are never encrypted.
void CheckMetricsListen(const v1::Config& config, Violations& violations) {
  const char field[] = "metrics_listen";
  if (config.metrics_listen().empty()) return;
  const auto address = ParseListenAddress(config.metrics_listen(), field);
  violations.Merge(address.status(), field);
  if (!address.ok()) return;
  if (address->kind != ListenAddress::Kind::kTcp) {
    violations.Add(field, absl::StrCat("\"", config.metrics_listen(),
                                       "\" is no \"address:port\""));
  } else if (!address->loopback && !config.allow_insecure_listen()) {
    violations.Add(field,
                   absl::StrCat("\"", config.metrics_listen(),
                                "\" would be served in clear to other hosts; "
                                "give a loopback address, or set "
                                "allow_insecure_listen"));
  }
}

void CheckTls(const v1::Config& config, Violations& violations) {
  if (config.tls_certificate().empty() != config.tls_key().empty()) {
    violations.Add(config.tls_key().empty() ? "tls_key" : "tls_certificate",
                   "is missing: a certificate and its key go together");
  }
  if (!config.tls_client_ca().empty() && config.tls_certificate().empty()) {
    violations.Add("tls_client_ca", "needs tls_certificate and tls_key");
  }
}

void CheckLog(const v1::Config& config, Violations& violations) {
  if (!ParseLogLevel(config.log_level()).has_value()) {
    violations.Add("log_level", absl::StrCat("\"", config.log_level(),
                                             "\" is not debug, info, warning "
                                             "or error"));
  }
  if (!ParseLogFormat(config.log_format()).has_value()) {
    violations.Add("log_format", absl::StrCat("\"", config.log_format(),
                                              "\" is neither text nor json"));
  }
  if (!ParseJournalLevels(config.journal_levels()).has_value()) {
    violations.Add("journal_levels",
                   absl::StrCat("\"", config.journal_levels(),
                                "\" is not auto, always or never"));
  }
}

void CheckCredentialStorage(const v1::Config& config, Violations& violations) {
  const std::string& storage = config.credential_storage();
  if (storage != "encrypted" && storage != "memory") {
    violations.Add(
        "credential_storage",
        absl::StrCat("\"", storage, "\" is neither encrypted nor memory"));
  }
}

void CheckDirectories(const v1::Config& config, Violations& violations) {
  if (config.download_dir().empty()) {
    violations.Add("download_dir", "is empty");
  }
  if (config.state_dir().empty()) violations.Add("state_dir", "is empty");
}

// As if an image were asked for from it.
void CheckDatastore(const v1::Datastore& datastore, absl::string_view field,
                    Violations& violations) {
  v1::DownloadRequest request;
  request.set_image("image");
  *request.add_datastores() = datastore;
  Violations own;
  MakeImageSources(request, DatastoreCatalog(), own);
  if (own.empty()) return;
  violations.Add(field, own.ToStatus().message());
}

void CheckDatastores(const v1::Config& config, Violations& violations) {
  std::set<std::string> names;
  for (int i = 0; i < config.datastores_size(); ++i) {
    const std::string& name = config.datastores(i).name();
    const std::string field = absl::StrCat("datastores[", i, "].name");
    if (name.empty()) {
      violations.Add(field, "is empty; requests name a datastore by it");
    } else if (!names.insert(name).second) {
      violations.Add(field, absl::StrCat("\"", name, "\" is there twice"));
    }
  }
  for (int i = 0; i < config.datastores_size(); ++i) {
    CheckDatastore(config.datastores(i), absl::StrCat("datastores[", i, "]"),
                   violations);
  }
}

void CheckPatterns(const v1::Config& config, Violations& violations) {
  for (int i = 0; i < config.bridges_size(); ++i) {
    if (config.bridges(i).empty()) {
      violations.Add(absl::StrCat("bridges[", i, "]"), "is empty");
    }
  }
}

}  // namespace

absl::Status CheckConfig(const v1::Config& config) {
  Violations violations;
  CheckListen(config, violations);
  CheckHealthListen(config, violations);
  CheckMetricsListen(config, violations);
  CheckTls(config, violations);
  CheckLog(config, violations);
  CheckDirectories(config, violations);
  CheckCredentialStorage(config, violations);
  CheckPatterns(config, violations);
  CheckRange(config.max_active_downloads(), 1, 64, "max_active_downloads",
             violations);
  CheckRange(config.max_queued_downloads(), 0, 100'000, "max_queued_downloads",
             violations);
  CheckRange(config.max_queued_downloads_per_client(), 0, 100'000,
             "max_queued_downloads_per_client", violations);
  CheckRange(config.max_image_bytes(), 0, INT64_MAX, "max_image_bytes",
             violations);
  CheckRange(config.max_ended_downloads(), 0, 1'000'000, "max_ended_downloads",
             violations);
  CheckDuration(config.max_ended_age(), absl::ZeroDuration(), "max_ended_age",
                violations);
  CheckDuration(config.max_orphan_age(), absl::ZeroDuration(), "max_orphan_age",
                violations);
  CheckRange(config.min_bytes_per_second(), 0, INT64_MAX,
             "min_bytes_per_second", violations);
  CheckRange(config.max_bytes_per_second(), 0, INT64_MAX,
             "max_bytes_per_second", violations);
  CheckPositive(config.resolve_timeout(), "resolve_timeout", violations);
  CheckPositive(config.connect_timeout(), "connect_timeout", violations);
  CheckPositive(config.stall_timeout(), "stall_timeout", violations);
  violations.Merge(MakeSocketAccess(config.socket_mode(), config.socket_owner(),
                                    config.socket_group())
                       .status(),
                   "socket_mode");
  CheckConnections(config, violations);
  violations.Merge(
      AccessRules::Create(config.access(), !config.tls_client_ca().empty())
          .status(),
      "access");
  CheckDatastores(config, violations);
  return violations.ToStatus();
}

}  // namespace localstore::server
