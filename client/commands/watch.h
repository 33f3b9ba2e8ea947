#pragma once

#include "client/commands/command_context.h"
#include "client/exit_code.h"

namespace localstore::client {

// The progress of the downloads named until all of them have ended; without
// names that of all, until Ctrl-C. The exit code is that of the first of those
// named that did not complete.
ExitCode RunWatch(const CommandContext& context);

}  // namespace localstore::client
