#pragma once

#include "client/commands/command_context.h"
#include "client/exit_code.h"

namespace localstore::client {

// The server, its bridges, its downloads: all pages as one snapshot.
ExitCode RunStatus(const CommandContext& context);

}  // namespace localstore::client
