// The log of the process: one event a line on standard error.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "server/logging/event_format.h"

namespace localstore::server {

// All functions are thread-safe. Never log a secret. The message is a text of
// the program's, the same for all events of a kind: what varies is a field.
// Fields of the thread's LogContexts are added.

// Whether each line begins with its level for journald; kAuto: when standard
// error is the stream that JOURNAL_STREAM names (systemd.exec(5)).
enum class JournalLevels { kAuto, kAlways, kNever };

// Until this is called: level info, format text, kAuto.
void ConfigureLog(LogLevel level, LogFormat format,
                  JournalLevels levels = JournalLevels::kAuto);

// Whether an event of that level would be written.
bool IsLogged(LogLevel level);

// Events since the process began: written, and left out because too many were
// alike (see EventLimiter).
int64_t LoggedEvents(LogLevel level);
int64_t SuppressedEvents();

// "debug", "info", "warning", "error"; "text", "json";
// "auto", "always", "never".
absl::optional<LogLevel> ParseLogLevel(absl::string_view text);
absl::optional<LogFormat> ParseLogFormat(absl::string_view text);
absl::optional<JournalLevels> ParseJournalLevels(absl::string_view text);

void LogDebug(absl::string_view message, LogFields fields = {});
void LogInfo(absl::string_view message, LogFields fields = {});
void LogWarning(absl::string_view message, LogFields fields = {});
void LogError(absl::string_view message, LogFields fields = {});

}  // namespace localstore::server
