#include "server/daemon/live_config.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "server/access/access_rules.h"
#include "server/convert/time.h"
#include "server/logging/log.h"
#include "version/version.h"

namespace localstore::server {
namespace {

using google::protobuf::FieldDescriptor;

absl::Duration DurationOf(const google::protobuf::Duration& duration) {
  return FromProto(duration).value_or(absl::ZeroDuration());
}

std::string TextOf(const v1::Config& config, const FieldDescriptor& field,
                   int index) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    return absl::FormatDuration(
        DurationOf(dynamic_cast<const google::protobuf::Duration&>(
            v1::Config::GetReflection()->GetMessage(config, &field))));
  }
  std::string text;
  google::protobuf::TextFormat::PrintFieldValueToString(config, &field, index,
                                                        &text);
  return text;
}

std::string ValueOf(const v1::Config& config, const FieldDescriptor& field) {
  if (!field.is_repeated()) return TextOf(config, field, -1);
  const int size = v1::Config::GetReflection()->FieldSize(config, &field);
  std::vector<std::string> items;
  items.reserve(static_cast<size_t>(size));
  for (int i = 0; i < size; ++i) {
    items.push_back(TextOf(config, field, i));
  }
  return absl::StrCat("[", absl::StrJoin(items, " "), "]");
}

// With both values, unless the setting is one that can hold a secret: those are
// messages of their own.
std::string DescribeChange(const v1::Config& before, const v1::Config& after,
                           const FieldDescriptor& field) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
      field.message_type() != google::protobuf::Duration::descriptor()) {
    return field.name();
  }
  return absl::StrCat(field.name(), "=", ValueOf(after, field), " (was ",
                      ValueOf(before, field), ")");
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

absl::Duration MaxOrphanAge(const v1::Config& config) {
  return DurationOf(config.max_orphan_age());
}

JobRegistry::Options MakeRegistryOptions(const v1::Config& config) {
  JobRegistry::Options options;
  options.queue.active = config.max_active_downloads();
  options.queue.waiting = config.max_queued_downloads();
  options.queue.waiting_per_client = config.max_queued_downloads_per_client();
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

bool IsLive(absl::string_view setting) {
  static const std::set<std::string> kLive = {"bridges",
                                              "max_active_downloads",
                                              "max_queued_downloads",
                                              "max_queued_downloads_per_client",
                                              "max_image_bytes",
                                              "resolve_timeout",
                                              "log_level",
                                              "log_format",
                                              "journal_levels",
                                              "max_ended_downloads",
                                              "max_ended_age",
                                              "max_orphan_age",
                                              "datastores",
                                              "access",
                                              "max_calls_per_client",
                                              "max_connections"};
  return kLive.count(std::string(setting)) > 0;
}

ConfigChanges CompareConfigs(const v1::Config& before,
                             const v1::Config& after) {
  ConfigChanges changes;
  google::protobuf::util::MessageDifferencer differencer;
  const auto* descriptor = v1::Config::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (differencer.CompareWithFields(before, after, {field}, {field})) {
      continue;
    }
    (IsLive(field->name()) ? changes.live : changes.needs_restart)
        .push_back(DescribeChange(before, after, *field));
  }
  return changes;
}

absl::Status ConfigureGate(const v1::Config& config, Gate& gate) {
  auto rules =
      AccessRules::Create(config.access(), !config.tls_client_ca().empty());
  if (!rules.ok()) return rules.status();
  gate.SetRules(*std::move(rules));
  gate.SetMaxCallsPerClient(config.max_calls_per_client());
  return absl::OkStatus();
}

void ConfigureLog(const v1::Config& config) {
  ConfigureLog(ParseLogLevel(config.log_level()).value_or(LogLevel::kInfo),
               ParseLogFormat(config.log_format()).value_or(LogFormat::kText),
               ParseJournalLevels(config.journal_levels())
                   .value_or(JournalLevels::kAuto));
}

}  // namespace localstore::server
