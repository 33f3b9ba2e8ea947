// The log of the process: one event a line on standard error.
#pragma once

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "server/logging/event_format.h"

namespace localstore::server {

// All functions are thread-safe. Never log a secret.

// Until this is called: level info, format text. Under systemd (JOURNAL_STREAM
// is set) each line carries its level for journald.
void ConfigureLog(LogLevel level, LogFormat format);

// "debug", "info", "warning", "error"; "text", "json".
absl::optional<LogLevel> ParseLogLevel(absl::string_view text);
absl::optional<LogFormat> ParseLogFormat(absl::string_view text);

void LogDebug(absl::string_view message, LogFields fields = {});
void LogInfo(absl::string_view message, LogFields fields = {});
void LogWarning(absl::string_view message, LogFields fields = {});
void LogError(absl::string_view message, LogFields fields = {});

}  // namespace localstore::server
