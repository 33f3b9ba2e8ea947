// What the kernel refused, as a Status.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace localstore::resolver {

// INTERNAL, reason INTERNAL: "<what>: <the text of error_number>". `what` says
// what was tried and names the call: "cannot open a timer (timerfd_create)".
absl::Status SystemError(absl::string_view what, int error_number);

}  // namespace localstore::resolver
