// What all events of one piece of work have in common.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "server/logging/event_format.h"

namespace localstore::server {

// While it is there, every event that its thread logs carries its fields, too:
// request_id, download_id, ... A field that the event has itself, or that an
// inner context has, comes before an outer one of the same name. Lives on the
// stack.
class LogContext {
 public:
  explicit LogContext(LogFields fields);
  ~LogContext();
  LogContext(const LogContext&) = delete;
  LogContext& operator=(const LogContext&) = delete;

  // Adds those of the thread's contexts to an event's own.
  static void AddTo(LogFields& fields);

  // The thread's innermost value of that name; "" for none.
  static std::string Find(absl::string_view key);

 private:
  const LogFields fields_;
  const LogContext* const outer_;
};

}  // namespace localstore::server
