#include "server/daemon/live_config.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/convert/time.h"
#include "server/logging/log.h"
#include "server/version.h"

namespace localstore::server {
namespace {

absl::Duration DurationOf(const google::protobuf::Duration& duration) {
  return FromProto(duration).value_or(absl::ZeroDuration());
}

}  // namespace

Settings MakeSettings(const v1::Config& config) {
  Settings settings;
  for (const v1::Datastore& datastore : config.datastores()) {
    settings.catalog[datastore.name()] = datastore;
  }
  settings.max_image_bytes = config.max_image_bytes();
  settings.resolve_timeout = DurationOf(config.resolve_timeout());
  return settings;
}

JobRegistry::Options MakeRegistryOptions(const v1::Config& config) {
  JobRegistry::Options options;
  options.queue.active = config.max_active_downloads();
  options.queue.waiting = config.max_queued_downloads();
  options.max_ended = config.max_ended_downloads();
  options.max_ended_age = DurationOf(config.max_ended_age());
  return options;
}

fetcher::ImageFetcher::Options MakeFetcherOptions(const v1::Config& config) {
  fetcher::ImageFetcher::Options options;
  options.download_directory = config.download_dir();
  options.connect_timeout = DurationOf(config.connect_timeout());
  options.stall_timeout = DurationOf(config.stall_timeout());
  options.min_bytes_per_second = config.min_bytes_per_second();
  options.max_bytes_per_second = config.max_bytes_per_second();
  options.allow_system_roots = config.allow_system_roots();
  options.user_agent = absl::StrCat("localstore/", kVersion);
  return options;
}

void ConfigureLog(const v1::Config& config) {
  ConfigureLog(ParseLogLevel(config.log_level()).value_or(LogLevel::kInfo),
               ParseLogFormat(config.log_format()).value_or(LogFormat::kText));
}

}  // namespace localstore::server
