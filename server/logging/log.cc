#include "server/logging/log.h"

#include <sys/stat.h>
#include <unistd.h>

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
std::atomic<JournalLevels> configured_levels{JournalLevels::kAuto};

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

// Standard error may have been redirected by whoever inherited the variable.
bool StderrIsTheJournal() {
  static const bool is_journal = [] {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat file {};
    return stream != nullptr && fstat(STDERR_FILENO, &file) == 0 &&
           absl::StrCat(file.st_dev, ":", file.st_ino) == stream;
  }();
  return is_journal;
}

bool WithJournalLevels() {
  switch (configured_levels.load()) {
    case JournalLevels::kAlways:
      return true;
    case JournalLevels::kNever:
      return false;
    case JournalLevels::kAuto:
      break;
  }
  return StderrIsTheJournal();
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
  if (!IsLogged(level)) return;
  LogEvent event;
  event.time = absl::Now();
  event.level = level;
  event.message = std::string(message);
  event.fields = std::move(fields);
  const std::string line =
      absl::StrCat(WithJournalLevels() ? JournalPrefix(level) : "",
                   FormatLogEvent(event, configured_format.load()));
  Logger().log(SpdlogLevel(level),
               spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void ConfigureLog(LogLevel level, LogFormat format, JournalLevels levels) {
  configured_level = level;
  configured_format = format;
  configured_levels = levels;
}

bool IsLogged(LogLevel level) { return level >= configured_level.load(); }

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

absl::optional<JournalLevels> ParseJournalLevels(absl::string_view text) {
  if (text == "auto") return JournalLevels::kAuto;
  if (text == "always") return JournalLevels::kAlways;
  if (text == "never") return JournalLevels::kNever;
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
