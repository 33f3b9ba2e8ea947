// What all events of one piece of work have in common.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "server/logging/event_format.h"

namespace localstore::server {

// While it is there, every event that its thread logs carries its fields, too:
// request_id, download_id, ... A field that the event has itself, or that an
// inner context has, comes before an outer one of the same name. Lives on the
// stack.
class LogContext {
 public:
  explicit LogContext(LogFields fields);
  // `fields` is called when one is wanted for the first time, if ever: most
  // calls log nothing. It must outlive the context, and log nothing itself.
  explicit LogContext(absl::FunctionRef<LogFields()> fields);
  ~LogContext();
  LogContext(const LogContext&) = delete;
  LogContext& operator=(const LogContext&) = delete;

  // Adds those of the thread's contexts to an event's own.
  static void AddTo(LogFields& fields);

  // The thread's innermost value of that name; "" for none.
  static std::string Find(absl::string_view key);

 private:
  const LogFields& fields() const;

  const absl::optional<absl::FunctionRef<LogFields()>> later_;
  mutable absl::optional<LogFields> fields_;
  const LogContext* const outer_;
};

}  // namespace localstore::server
