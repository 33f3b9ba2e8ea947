// The help, written from the table of commands.
#pragma once

#include <string>

#include "client/arguments/command_table.h"

namespace localstore::client {

// All commands, the global flags, examples, the environment and exit codes.
std::string OverallHelp();

// One command: usage, description, its flags, the global ones, examples.
std::string CommandHelp(const CommandSpec& command);

}  // namespace localstore::client
