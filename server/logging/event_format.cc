#include "server/logging/event_format.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "protos/errors/utf8.h"

namespace localstore::server {
namespace {

void AppendEscapedByte(std::string& out, uint8_t byte) {
  if (byte == '"' || byte == '\\') {
    out.push_back('\\');
    out.push_back(static_cast<char>(byte));
  } else {
    absl::StrAppendFormat(&out, "\\u%04x", byte);
  }
}

// The inside of a JSON string (RFC 8259, section 7).
std::string Escaped(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto first = static_cast<uint8_t>(text[0]);
    const size_t length = Utf8SequenceLength(text);
    if (length == 0 || first < 0x20 || first == 0x7F || first == '"' ||
        first == '\\') {
      AppendEscapedByte(out, first);
      text.remove_prefix(1);
    } else {
      out.append(text.data(), length);
      text.remove_prefix(length);
    }
  }
  return out;
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", Escaped(text), "\"");
}

bool IsPlain(absl::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return c <= ' ' || c >= 0x7F || c == '"' || c == '\\' || c == '=';
  });
}

std::string Timestamp(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

std::string FormatText(const LogEvent& event) {
  std::string line =
      absl::StrCat(Timestamp(event.time), " ", LogLevelName(event.level), " ",
                   Escaped(event.message));
  for (const auto& field : event.fields) {
    if (field.second.empty()) continue;
    absl::StrAppend(
        &line, " ", field.first, "=",
        IsPlain(field.second) ? field.second : Quoted(field.second));
  }
  return line;
}

std::string FormatJson(const LogEvent& event) {
  std::string line =
      absl::StrCat("{\"time\":", Quoted(Timestamp(event.time)),
                   ",\"level\":", Quoted(LogLevelName(event.level)),
                   ",\"message\":", Quoted(event.message));
  for (const auto& field : event.fields) {
    if (field.second.empty()) continue;
    absl::StrAppend(&line, ",", Quoted(field.first), ":", Quoted(field.second));
  }
  line.push_back('}');
  return line;
}

}  // namespace

absl::string_view LogLevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      break;
  }
  return "error";
}

std::string FormatLogEvent(const LogEvent& event, LogFormat format) {
  return format == LogFormat::kJson ? FormatJson(event) : FormatText(event);
}

absl::string_view JournalPrefix(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "<7>";
    case LogLevel::kInfo:
      return "<6>";
    case LogLevel::kWarning:
      return "<4>";
    case LogLevel::kError:
      break;
  }
  return "<3>";
}

}  // namespace localstore::server
