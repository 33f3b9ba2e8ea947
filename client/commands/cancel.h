#pragma once

#include "client/commands/command_context.h"
#include "client/exit_code.h"

namespace localstore::client {

// Stops each download named. Goes on after one that cannot be stopped; the exit
// code is that of the first error.
ExitCode RunCancel(const CommandContext& context);

// Forgets each download named, in the same manner.
ExitCode RunRemove(const CommandContext& context);

}  // namespace localstore::client
