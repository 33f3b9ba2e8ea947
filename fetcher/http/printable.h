// Text of strangers, made fit for messages.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace localstore::fetcher {

// Printable ASCII stays, all else becomes "?"; cut after `max_bytes`. So it is
// UTF-8, and can drive no terminal.
std::string Printable(absl::string_view text, size_t max_bytes = 256);

}  // namespace localstore::fetcher
