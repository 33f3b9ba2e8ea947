#include "server/logging/protobuf_log.h"

#include <google/protobuf/stubs/logging.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "server/logging/log.h"

namespace localstore::server {
namespace {

void TakeLine(google::protobuf::LogLevel level, const char* file, int line,
              const std::string&) {
  const LogFields fields = {{"place", absl::StrCat(file, ":", line)}};
  // Protobuf ends the process after a fatal one.
  level == google::protobuf::LOGLEVEL_FATAL
      ? LogError("Protobuf has found a fault", fields)
      : LogDebug("Protobuf has something to say", fields);
}

}  // namespace

void TakeOverProtobufLog() { google::protobuf::SetLogHandler(&TakeLine); }

}  // namespace localstore::server
