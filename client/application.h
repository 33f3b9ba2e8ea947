// localstorectl, from its words to its exit code.
#pragma once

#include <functional>
#include <istream>
#include <memory>
#include <string>
#include <vector>

#include "client/commands/command_context.h"
#include "client/connection/channel.h"
#include "client/exit_code.h"
#include "client/terminal/event_loop.h"
#include "client/terminal/screen.h"

namespace localstore::client {

struct Application {
  std::istream* in = nullptr;
  Screen out;
  Screen err;
  EventLoop* loop = nullptr;
  UserEvents* user = nullptr;
  Patience patience;
  // The way to the server.
  std::function<absl::StatusOr<Connection>(const Arguments&)> connect;
};

// Whether the command shows what happens until it is interrupted, and wants
// Ctrl-C and changes of the terminal's size as events.
bool WantsUserEvents(const std::vector<std::string>& words);

// Does what the words say.
ExitCode RunApplication(const std::vector<std::string>& words,
                        Application& application);

}  // namespace localstore::client
