// What a command has to work with.
#pragma once

#include <functional>
#include <istream>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "client/arguments/arguments.h"
#include "client/commands/reporter.h"
#include "client/terminal/event_loop.h"
#include "client/terminal/screen.h"
#include "grpcpp/client_context.h"
#include "localstore/v1/local_datastore.grpc.pb.h"

namespace localstore::client {

// What the person at the keyboard does, on the loop's thread.
struct UserEvents {
  std::function<void()> interrupted;  // Ctrl-C
  std::function<void()> resized;      // the terminal has another size
};

// How long to wait for what may not come.
struct Patience {
  // For a second Ctrl-C after the first.
  absl::Duration second_thoughts = absl::Seconds(2);
  // Between two tries to reach a server that was lost, and altogether.
  absl::Duration between_tries = absl::Milliseconds(500);
  absl::Duration longest_loss = absl::Seconds(30);
  // Between two looks at the clock: often enough for a countdown in seconds.
  absl::Duration tick = absl::Milliseconds(250);
};

struct CommandContext {
  const Arguments& arguments;
  v1::LocalDatastoreService::StubInterface& stub;
  std::string server;  // its address, for messages
  // Whether secrets may be sent to the server.
  bool is_private = false;
  std::istream& in;
  Screen& out;
  Screen& err;
  Reporter& reporter;
  EventLoop& loop;
  UserEvents& user;
  Patience patience = {};
};

// For calls that the server answers at once.
constexpr absl::Duration kShortCall = absl::Seconds(10);

// A context for one call that ends within `time`.
std::unique_ptr<grpc::ClientContext> CallWithin(absl::Duration time);

}  // namespace localstore::client
