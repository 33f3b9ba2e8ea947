#include "server/config/flags.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "protos/errors/error.h"
#include "server/config/config_file.h"
#include "version/version.h"

namespace {

// Whether the command line gave it: the configuration tells false from nothing.
int allow_insecure_listen_updates = 0;
int allow_system_roots_updates = 0;

}  // namespace

ABSL_FLAG(std::string, config, "",
          "File with the configuration, JSON or Protobuf text of "
          "localstore.v1.Config; LOCALSTORE_CONFIG does the same.");
ABSL_FLAG(bool, check_config, false,
          "Say whether the configuration is right, and exit.");
ABSL_FLAG(bool, health_check, false,
          "Ask the server that runs with this configuration whether it serves, "
          "and exit, with 0 if it does.");
ABSL_FLAG(absl::optional<std::string>, listen, absl::nullopt,
          "Addresses to serve gRPC at: \"unix:/path\" or \"address:port\", "
          "where the address is an IP address (IPv6 in brackets) or "
          "\"localhost\" and port 0 takes any that is free, \"systemd:NAME\" "
          "for the sockets that systemd listens at under that "
          "FileDescriptorName=, or \"systemd:\" for all that it passes (socket "
          "activation). Default: \"unix:/run/localstore/localstore.sock\" and "
          "\"127.0.0.1:50051\".");
ABSL_FLAG(bool, allow_insecure_listen, false,
          "Serve in clear on TCP addresses that are not loopback, too. "
          "Default: false.")
    .OnUpdate([] { ++allow_insecure_listen_updates; });
ABSL_FLAG(absl::optional<std::string>, port_file, absl::nullopt,
          "File that gets the bound addresses, one a line, once they are "
          "served. Default: none.");
ABSL_FLAG(absl::optional<std::string>, bridges, absl::nullopt,
          "Patterns (fnmatch(3)) of the bridges that are asked: \"bn*\". "
          "Default: every Linux bridge.");
ABSL_FLAG(absl::optional<std::string>, download_dir, absl::nullopt,
          "Directory that images go to; made where it is missing. Default: "
          "\"/var/lib/localstore/images\".");
ABSL_FLAG(absl::optional<std::string>, state_dir, absl::nullopt,
          "Directory for what the server must remember; made where it is "
          "missing. Default: \"/var/lib/localstore/state\".");
ABSL_FLAG(
    absl::optional<std::string>, metrics_listen, absl::nullopt,
    "Address to serve Prometheus metrics at, by HTTP in clear, path "
    "\"/metrics\": \"address:port\" as in listen. One that is not loopback "
    "needs allow_insecure_listen. Default: none.");
ABSL_FLAG(absl::optional<std::string>, max_active_downloads, absl::nullopt,
          "Downloads that run at once, 1 to 64. Default: 4.");
ABSL_FLAG(absl::optional<std::string>, max_queued_downloads, absl::nullopt,
          "Downloads that wait beyond those, 0 to 100000. Default: 1000.");
ABSL_FLAG(absl::optional<std::string>, max_queued_downloads_per_client,
          absl::nullopt,
          "Of those, as many as one client may have there, 0 to 100000; a "
          "client is one as for max_calls_per_client. Who is first is served "
          "first all the same. Default: three quarters of "
          "max_queued_downloads.");
ABSL_FLAG(absl::optional<std::string>, max_image_bytes, absl::nullopt,
          "Largest image in bytes; 0: no limit. Default: 0.");
ABSL_FLAG(absl::optional<std::string>, resolve_timeout, absl::nullopt,
          "How long Resolve waits for an answer when the request does not say. "
          "Default: 3s.");
ABSL_FLAG(absl::optional<std::string>, log_level, absl::nullopt,
          "\"debug\", \"info\", \"warning\" or \"error\". Default: \"info\".");
ABSL_FLAG(absl::optional<std::string>, log_format, absl::nullopt,
          "\"text\" or \"json\". Default: \"text\".");
ABSL_FLAG(absl::optional<std::string>, journal_levels, absl::nullopt,
          "Whether lines of the log begin with their level as journald reads "
          "it, \"<4>\": \"auto\" (when standard error is the journal's), "
          "\"always\" or \"never\". Default: \"auto\".");
ABSL_FLAG(
    absl::optional<std::string>, tls_certificate, absl::nullopt,
    "File with the server's certificate chain, PEM. With it every TCP address "
    "speaks TLS 1.2 or later. The three files are read again within seconds "
    "when one changes, and at a reload; while they do not go together, new "
    "connections see the ones before. Default: none.");
ABSL_FLAG(absl::optional<std::string>, tls_key, absl::nullopt,
          "File with the key of tls_certificate, PEM, without a passphrase. "
          "Default: none.");
ABSL_FLAG(absl::optional<std::string>, tls_client_ca, absl::nullopt,
          "File with the certificates, PEM, that clients' certificates must "
          "lead to; with it a client needs one. Default: none.");
ABSL_FLAG(absl::optional<std::string>, socket_mode, absl::nullopt,
          "Access mode of Unix sockets, octal. Default: \"0660\".");
ABSL_FLAG(absl::optional<std::string>, socket_owner, absl::nullopt,
          "User that owns Unix sockets, by name or number. Default: the "
          "server's own.");
ABSL_FLAG(absl::optional<std::string>, socket_group, absl::nullopt,
          "Group that owns Unix sockets, by name or number. Default: the "
          "server's own.");
ABSL_FLAG(absl::optional<std::string>, max_ended_downloads, absl::nullopt,
          "Downloads that have ended and are still remembered, 0 to 1000000. "
          "Default: 1000.");
ABSL_FLAG(absl::optional<std::string>, max_ended_age, absl::nullopt,
          "How long they are remembered. Default: 604800s (a week).");
ABSL_FLAG(absl::optional<std::string>, max_orphan_age, absl::nullopt,
          "What unfinished downloads leave in download_dir is deleted when no "
          "download that is remembered can go on with it and it has not "
          "changed for this long; 0s: never. Default: 86400s (a day).");

ABSL_FLAG(bool, allow_system_roots, false,
          "Verify https datastores that come without certificates of their own "
          "against the system's, instead of refusing them. Default: false.")
    .OnUpdate([] { ++allow_system_roots_updates; });
ABSL_FLAG(absl::optional<std::string>, connect_timeout, absl::nullopt,
          "How long to wait for a connection, for each address. Default: 3s.");
ABSL_FLAG(absl::optional<std::string>, stall_timeout, absl::nullopt,
          "A transfer without a byte for this long has stalled. Default: 30s.");
ABSL_FLAG(absl::optional<std::string>, min_bytes_per_second, absl::nullopt,
          "A transfer slower than this over a minute has stalled, too; 0: no "
          "such rule. Default: 1024.");
ABSL_FLAG(absl::optional<std::string>, max_bytes_per_second, absl::nullopt,
          "Of all downloads together; 0: no limit. Default: 0.");

ABSL_FLAG(
    absl::optional<std::string>, credential_storage, absl::nullopt,
    "What becomes of the credentials of downloads, and of the values in "
    "the query of a URL, while they last: \"encrypted\" in state_dir, or "
    "in \"memory\" only, where a download that a restart interrupts waits "
    "until its request is repeated. Default: \"encrypted\".");
ABSL_FLAG(absl::optional<std::string>, credential_key_file, absl::nullopt,
          "File with the key of the credentials, 32 random bytes, for its "
          "owner alone; made where it is missing. Default: \"credentials.key\" "
          "in state_dir.");
ABSL_FLAG(absl::optional<std::string>, max_calls_per_client, absl::nullopt,
          "Calls, streams included, that one client may have under way, 1 "
          "to 100000; those beyond fail with TOO_MANY_CALLS. A client is a "
          "user at a Unix socket, whoever shows one certificate's names, or "
          "else an IP address. Default: 2000.");
ABSL_FLAG(absl::optional<std::string>, max_connections, absl::nullopt,
          "Connections at once, 4 to 100000, of which one client may hold "
          "three quarters; those beyond are closed. Default: 512.");
ABSL_FLAG(absl::optional<std::string>, max_streams_per_connection,
          absl::nullopt,
          "Calls under way on one connection, 1 to 100000; clients make "
          "those beyond wait. Default: 1024.");
ABSL_FLAG(absl::optional<std::string>, max_request_bytes, absl::nullopt,
          "Largest request in bytes, 1024 to 67108864. Default: 1048576.");
ABSL_FLAG(absl::optional<std::string>, max_metadata_bytes, absl::nullopt,
          "Largest header (metadata) of a request in bytes, 1024 to "
          "1048576. Default: 16384.");
ABSL_FLAG(absl::optional<std::string>, keepalive_time, absl::nullopt,
          "A connection on which nothing came for this long is asked for a "
          "sign of life, 1s or more. Default: 60s.");
ABSL_FLAG(absl::optional<std::string>, keepalive_timeout, absl::nullopt,
          "It is closed when that sign does not come for this long, 1s or "
          "more. Default: 20s.");
ABSL_FLAG(absl::optional<std::string>, max_connection_idle, absl::nullopt,
          "A connection without a call for this long is closed, 1s or more; "
          "0: none is. Default: 900s.");
ABSL_FLAG(absl::optional<std::string>, max_connection_age, absl::nullopt,
          "A connection takes no more calls after this long, 1s or more; 0: "
          "no such rule. Default: 0.");

ABSL_FLAG(absl::optional<std::string>, health_listen, absl::nullopt,
          "Address to serve grpc.health.v1.Health at, without the service "
          "itself and always in clear, for probes from outside, such as a "
          "kubelet's. Default: none.");

namespace localstore::server {
namespace {

struct SettingFlag {
  const char* name;
  absl::Flag<absl::optional<std::string>>* flag;
};

const SettingFlag kSettingFlags[] = {
    {"listen", &FLAGS_listen},
    {"port_file", &FLAGS_port_file},
    {"bridges", &FLAGS_bridges},
    {"download_dir", &FLAGS_download_dir},
    {"state_dir", &FLAGS_state_dir},
    {"metrics_listen", &FLAGS_metrics_listen},
    {"max_active_downloads", &FLAGS_max_active_downloads},
    {"max_queued_downloads", &FLAGS_max_queued_downloads},
    {"max_queued_downloads_per_client", &FLAGS_max_queued_downloads_per_client},
    {"max_image_bytes", &FLAGS_max_image_bytes},
    {"resolve_timeout", &FLAGS_resolve_timeout},
    {"log_level", &FLAGS_log_level},
    {"log_format", &FLAGS_log_format},
    {"journal_levels", &FLAGS_journal_levels},
    {"tls_certificate", &FLAGS_tls_certificate},
    {"tls_key", &FLAGS_tls_key},
    {"tls_client_ca", &FLAGS_tls_client_ca},
    {"socket_mode", &FLAGS_socket_mode},
    {"socket_owner", &FLAGS_socket_owner},
    {"socket_group", &FLAGS_socket_group},
    {"max_ended_downloads", &FLAGS_max_ended_downloads},
    {"max_ended_age", &FLAGS_max_ended_age},
    {"max_orphan_age", &FLAGS_max_orphan_age},
    {"connect_timeout", &FLAGS_connect_timeout},
    {"stall_timeout", &FLAGS_stall_timeout},
    {"min_bytes_per_second", &FLAGS_min_bytes_per_second},
    {"max_bytes_per_second", &FLAGS_max_bytes_per_second},
    {"credential_storage", &FLAGS_credential_storage},
    {"credential_key_file", &FLAGS_credential_key_file},
    {"health_listen", &FLAGS_health_listen},
    {"max_calls_per_client", &FLAGS_max_calls_per_client},
    {"max_connections", &FLAGS_max_connections},
    {"max_streams_per_connection", &FLAGS_max_streams_per_connection},
    {"max_request_bytes", &FLAGS_max_request_bytes},
    {"max_metadata_bytes", &FLAGS_max_metadata_bytes},
    {"keepalive_time", &FLAGS_keepalive_time},
    {"keepalive_timeout", &FLAGS_keepalive_timeout},
    {"max_connection_idle", &FLAGS_max_connection_idle},
    {"max_connection_age", &FLAGS_max_connection_age},
};

const char* Text(bool truth) { return truth ? "true" : "false"; }

SettingTexts GivenSettings() {
  SettingTexts settings;
  for (const SettingFlag& setting : kSettingFlags) {
    const absl::optional<std::string> text = absl::GetFlag(*setting.flag);
    if (text.has_value()) settings[setting.name] = *text;
  }
  // The first update is the flag's own definition.
  if (allow_insecure_listen_updates > 1) {
    settings["allow_insecure_listen"] =
        Text(absl::GetFlag(FLAGS_allow_insecure_listen));
  }
  if (allow_system_roots_updates > 1) {
    settings["allow_system_roots"] =
        Text(absl::GetFlag(FLAGS_allow_system_roots));
  }
  return settings;
}

void DescribeProgram() {
  absl::SetProgramUsageMessage(
      "Finds local datastores by multicast DNS and downloads images from them, "
      "as told over gRPC.\n\n"
      "Each setting can also come from the environment (LOCALSTORE_ and its "
      "name in upper case) and from the configuration file.");
  absl::FlagsUsageConfig usage;
  usage.version_string = [] {
    return absl::StrCat("localstored ", kVersion, "\n");
  };
  usage.contains_helpshort_flags = [](absl::string_view file) {
    return absl::EndsWith(file, "server/config/flags.cc");
  };
  usage.contains_help_flags = usage.contains_helpshort_flags;
  absl::SetFlagsUsageConfig(usage);
}

}  // namespace

absl::StatusOr<CommandLine> ParseCommandLine(int argc, char** argv) {
  DescribeProgram();
  const std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  if (rest.size() > 1) {
    return MakeBadRequest(
        {{"command line", absl::StrCat("\"", rest[1], "\" is no flag")}});
  }
  CommandLine command_line;
  command_line.config_file = absl::GetFlag(FLAGS_config);
  command_line.check_config = absl::GetFlag(FLAGS_check_config);
  command_line.health_check = absl::GetFlag(FLAGS_health_check);
  command_line.settings = GivenSettings();
  return command_line;
}

absl::StatusOr<v1::Config> LoadConfig(const CommandLine& command_line,
                                      const char* const* environment) {
  std::string path = command_line.config_file;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the variables do not change now.
  const char* variable = std::getenv("LOCALSTORE_CONFIG");
  if (path.empty() && variable != nullptr) path = variable;
  v1::Config file;
  if (!path.empty()) {
    absl::StatusOr<v1::Config> read = ReadConfigFile(path);
    if (!read.ok()) return read.status();
    file = *std::move(read);
  }
  const absl::StatusOr<SettingTexts> variables =
      SettingsOfEnvironment(environment);
  if (!variables.ok()) return variables.status();
  return LayerConfig(file, *variables, command_line.settings);
}

}  // namespace localstore::server
