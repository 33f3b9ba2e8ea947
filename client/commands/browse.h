#pragma once

#include "client/commands/command_context.h"
#include "client/exit_code.h"

namespace localstore::client {

// What the Apps advertise, until Ctrl-C or for --duration.
ExitCode RunBrowse(const CommandContext& context);

}  // namespace localstore::client
