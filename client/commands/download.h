#pragma once

#include "client/commands/command_context.h"
#include "client/exit_code.h"

namespace localstore::client {

// Starts a download and shows it until it has ended. Ctrl-C leaves it running,
// twice cancels it.
ExitCode RunDownload(const CommandContext& context);

}  // namespace localstore::client
