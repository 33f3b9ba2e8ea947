// An event of the log as one line.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace localstore::server {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

enum class LogFormat { kText, kJson };

// lower_snake_case keys: download_id, bridge, host, peer, ... An empty value is
// left out.
using LogFields = std::vector<std::pair<std::string, std::string>>;

struct LogEvent {
  absl::Time time;
  LogLevel level = LogLevel::kInfo;
  std::string message;
  LogFields fields;
};

// "debug", "info", "warning", "error".
absl::string_view LogLevelName(LogLevel level);

// Without the final newline. Whatever the values hold, it is one line: control
// characters and bytes that are not UTF-8 are escaped.
//   2026-01-02T03:04:05.678Z info download started download_id=a host="x y"
//   {"time":"...","level":"info","message":"...","download_id":"a"}
std::string FormatLogEvent(const LogEvent& event, LogFormat format);

// What journald reads in front of a line: "<6>" for information, and so on
// (sd-daemon(3)).
absl::string_view JournalPrefix(LogLevel level);

}  // namespace localstore::server
