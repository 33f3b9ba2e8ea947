// Completion scripts for shells, written from the table of commands.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace localstore::client {

// For "bash", "zsh" or "fish"; "" for any other.
std::string CompletionScript(absl::string_view shell);

}  // namespace localstore::client
