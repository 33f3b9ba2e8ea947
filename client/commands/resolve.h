#pragma once

#include "client/commands/command_context.h"
#include "client/exit_code.h"

namespace localstore::client {

// Who has HOST? The addresses; on a miss the error and how the bridges are.
ExitCode RunResolve(const CommandContext& context);

}  // namespace localstore::client
