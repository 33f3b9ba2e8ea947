#include "server/logging/log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/logging/event_limiter.h"
#include "server/logging/log_context.h"
#include "spdlog/logger.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace localstore::server {
namespace {

std::atomic<LogLevel> configured_level{LogLevel::kInfo};
std::atomic<LogFormat> configured_format{LogFormat::kText};
std::atomic<JournalLevels> configured_levels{JournalLevels::kAuto};
std::array<std::atomic<int64_t>, 4> logged_events{};  // by level
std::atomic<int64_t> suppressed_events{0};

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
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the variables do not change now.
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

void Write(LogEvent event) {
  LogContext::AddTo(event.fields);
  const std::string line =
      absl::StrCat(WithJournalLevels() ? JournalPrefix(event.level) : "",
                   FormatLogEvent(event, configured_format.load()));
  Logger().log(SpdlogLevel(event.level),
               spdlog::string_view_t(line.data(), line.size()));
  ++logged_events[static_cast<size_t>(event.level)];
}

// Leaked, like the logger.
EventLimiter& Limiter() {
  static auto* const limiter = new EventLimiter();
  return *limiter;
}

void Log(LogLevel level, absl::string_view message, LogFields fields) {
  if (!IsLogged(level)) return;
  const absl::Time now = absl::Now();
  const EventLimiter::Verdict verdict = Limiter().Admit(message, now);
  for (const auto& [alike, count] : verdict.left_out) {
    Write({now,
           LogLevel::kWarning,
           "events were left out of the log",
           {{"event", alike}, {"count", absl::StrCat(count)}}});
  }
  if (!verdict.write) {
    ++suppressed_events;
    return;
  }
  Write({now, level, std::string(message), std::move(fields)});
}

}  // namespace

void ConfigureLog(LogLevel level, LogFormat format, JournalLevels levels) {
  configured_level = level;
  configured_format = format;
  configured_levels = levels;
}

bool IsLogged(LogLevel level) { return level >= configured_level.load(); }

int64_t LoggedEvents(LogLevel level) {
  return logged_events[static_cast<size_t>(level)].load();
}

int64_t SuppressedEvents() { return suppressed_events.load(); }

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
