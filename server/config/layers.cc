#include "server/config/layers.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "protos/errors/error.h"
#include "server/config/config_check.h"
#include "server/config/setting.h"
#include "server/convert/time.h"
#include "server/requests/violations.h"

namespace localstore::server {
namespace {

constexpr char kPrefix[] = "LOCALSTORE_";
constexpr char kConfigVariable[] = "LOCALSTORE_CONFIG";
// For localstorectl, which may well run in the same environment.
constexpr char kClientVariable[] = "LOCALSTORE_SERVER";

void FillConnectionDefaults(v1::Config& config) {
  if (!config.has_max_calls_per_client()) config.set_max_calls_per_client(2000);
  if (!config.has_max_connections()) config.set_max_connections(512);
  if (!config.has_max_streams_per_connection()) {
    config.set_max_streams_per_connection(1024);
  }
  if (!config.has_max_request_bytes()) config.set_max_request_bytes(1 << 20);
  if (!config.has_max_metadata_bytes()) config.set_max_metadata_bytes(16384);
  if (!config.has_keepalive_time()) {
    *config.mutable_keepalive_time() = ToProto(absl::Seconds(60));
  }
  if (!config.has_keepalive_timeout()) {
    *config.mutable_keepalive_timeout() = ToProto(absl::Seconds(20));
  }
  if (!config.has_max_connection_idle()) {
    *config.mutable_max_connection_idle() = ToProto(absl::Minutes(15));
  }
}

void FillDefaults(v1::Config& config) {
  FillConnectionDefaults(config);
  if (config.listen().empty()) {
    config.add_listen("unix:/run/localstore/localstore.sock");
    config.add_listen("127.0.0.1:50051");
  }
  if (!config.has_download_dir()) {
    config.set_download_dir("/var/lib/localstore/images");
  }
  if (!config.has_state_dir()) {
    config.set_state_dir("/var/lib/localstore/state");
  }
  if (!config.has_max_active_downloads()) config.set_max_active_downloads(4);
  if (!config.has_max_queued_downloads()) config.set_max_queued_downloads(1000);
  if (!config.has_max_queued_downloads_per_client()) {
    // What is left is for the others.
    config.set_max_queued_downloads_per_client(
        config.max_queued_downloads() - config.max_queued_downloads() / 4);
  }
  if (!config.has_resolve_timeout()) {
    *config.mutable_resolve_timeout() = ToProto(absl::Seconds(3));
  }
  if (!config.has_log_level()) config.set_log_level("info");
  if (!config.has_log_format()) config.set_log_format("text");
  if (!config.has_journal_levels()) config.set_journal_levels("auto");
  if (!config.has_socket_mode()) config.set_socket_mode("0660");
  if (!config.has_connect_timeout()) {
    *config.mutable_connect_timeout() = ToProto(absl::Seconds(3));
  }
  if (!config.has_stall_timeout()) {
    *config.mutable_stall_timeout() = ToProto(absl::Seconds(30));
  }
  if (!config.has_min_bytes_per_second()) {
    config.set_min_bytes_per_second(1024);
  }
  if (!config.has_credential_storage()) {
    config.set_credential_storage("encrypted");
  }
  if (!config.has_credential_key_file()) {
    config.set_credential_key_file(
        absl::StrCat(config.state_dir(), "/credentials.key"));
  }
  if (!config.has_max_ended_downloads()) config.set_max_ended_downloads(1000);
  if (!config.has_max_ended_age()) {
    *config.mutable_max_ended_age() = ToProto(absl::Hours(24 * 7));
  }
  if (!config.has_max_orphan_age()) {
    *config.mutable_max_orphan_age() = ToProto(absl::Hours(24));
  }
}

void Apply(const SettingTexts& texts, v1::Config& config,
           Violations& violations) {
  for (const auto& entry : texts) {
    violations.Merge(SetFromText(entry.first, entry.second, config),
                     entry.first);
  }
}

}  // namespace

absl::StatusOr<SettingTexts> SettingsOfEnvironment(
    const char* const* environment) {
  const std::vector<std::string> known = SettingNames();
  SettingTexts texts;
  Violations violations;
  for (; *environment != nullptr; ++environment) {
    const absl::string_view entry = *environment;
    const size_t equals = entry.find('=');
    if (equals == absl::string_view::npos) continue;
    const absl::string_view variable = entry.substr(0, equals);
    if (!absl::StartsWith(variable, kPrefix) || variable == kConfigVariable ||
        variable == kClientVariable) {
      continue;
    }
    const std::string name =
        absl::AsciiStrToLower(absl::StripPrefix(variable, kPrefix));
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      texts[name] = std::string(entry.substr(equals + 1));
      continue;
    }
    const std::string nearest = Nearest(name, known);
    violations.Add(
        variable,
        absl::StrCat(
            "sets nothing",
            nearest.empty()
                ? ""
                : absl::StrCat("; is ", kPrefix, absl::AsciiStrToUpper(nearest),
                               " meant?")));
  }
  if (!violations.empty()) return violations.ToStatus();
  return texts;
}

absl::StatusOr<v1::Config> LayerConfig(const v1::Config& file,
                                       const SettingTexts& environment,
                                       const SettingTexts& flags) {
  v1::Config config = file;
  Violations violations;
  Apply(environment, config, violations);
  Apply(flags, config, violations);
  FillDefaults(config);
  if (!violations.empty()) return violations.ToStatus();
  const absl::Status checked = CheckConfig(config);
  if (!checked.ok()) return checked;
  return config;
}

}  // namespace localstore::server
