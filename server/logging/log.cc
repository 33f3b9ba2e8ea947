#include "server/logging/log.h"

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "spdlog/logger.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace localstore::server {
namespace {

std::atomic<LogLevel> configured_level{LogLevel::kInfo};
std::atomic<LogFormat> configured_format{LogFormat::kText};

// Leaked, so that threads that outlive main() can still log.
spdlog::logger& Logger() {
  static spdlog::logger* const logger = [] {
    auto* made = new spdlog::logger(
        "localstored", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

bool UnderJournald() {
  static const bool under = std::getenv("JOURNAL_STREAM") != nullptr;
  return under;
}

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

void Log(LogLevel level, absl::string_view message, LogFields fields) {
  if (level < configured_level.load()) return;
  LogEvent event;
  event.time = absl::Now();
  event.level = level;
  event.message = std::string(message);
  event.fields = std::move(fields);
  const std::string line =
      absl::StrCat(UnderJournald() ? JournalPrefix(level) : "",
                   FormatLogEvent(event, configured_format.load()));
  Logger().log(SpdlogLevel(level),
               spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void ConfigureLog(LogLevel level, LogFormat format) {
  configured_level = level;
  configured_format = format;
}

absl::optional<LogLevel> ParseLogLevel(absl::string_view text) {
  for (const LogLevel level : {LogLevel::kDebug, LogLevel::kInfo,
                               LogLevel::kWarning, LogLevel::kError}) {
    if (text == LogLevelName(level)) return level;
  }
  return absl::nullopt;
}

absl::optional<LogFormat> ParseLogFormat(absl::string_view text) {
  if (text == "text") return LogFormat::kText;
  if (text == "json") return LogFormat::kJson;
  return absl::nullopt;
}

void LogDebug(absl::string_view message, LogFields fields) {
  Log(LogLevel::kDebug, message, std::move(fields));
}
void LogInfo(absl::string_view message, LogFields fields) {
  Log(LogLevel::kInfo, message, std::move(fields));
}
void LogWarning(absl::string_view message, LogFields fields) {
  Log(LogLevel::kWarning, message, std::move(fields));
}
void LogError(absl::string_view message, LogFields fields) {
  Log(LogLevel::kError, message, std::move(fields));
}

}  // namespace localstore::server
