#include <signal.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/application.h"
#include "client/connection/channel.h"
#include "client/connection/server_address.h"
#include "client/terminal/signal_relay.h"
#include "google/protobuf/stubs/logging.h"

namespace localstore::client {
namespace {

std::string DefaultServer() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the variables do not change now.
  const char* server = std::getenv("LOCALSTORE_SERVER");
  return server == nullptr || *server == '\0' ? kDefaultServer : server;
}

// Before gRPC has started its threads.
std::unique_ptr<SignalRelay> RelaySignals(EventLoop& loop, UserEvents& user) {
  const auto relay = [&loop](const std::function<void()>& event) {
    return [&loop, &event] {
      loop.PostUrgent([&event] {
        if (event) event();
      });
    };
  };
  return std::make_unique<SignalRelay>(std::map<int, std::function<void()>>{
      {SIGINT, relay(user.interrupted)}, {SIGWINCH, relay(user.resized)}});
}

int Main(const std::vector<std::string>& words) {
  // Without such a locale it stays "C".
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there is no other thread.
  (void)std::setlocale(LC_ALL, "");
  // What goes wrong is told once, by the command, not by the libraries too.
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there is no other thread yet.
  setenv("GRPC_VERBOSITY", "NONE", 0);
  google::protobuf::SetLogHandler(nullptr);
  EventLoop loop;
  UserEvents user;
  std::unique_ptr<SignalRelay> relay;
  if (WantsUserEvents(words)) relay = RelaySignals(loop, user);
  Application application;
  application.in = &std::cin;
  application.out = ScreenFor(std::cout, STDOUT_FILENO);
  application.err = ScreenFor(std::cerr, STDERR_FILENO);
  application.loop = &loop;
  application.user = &user;
  application.connect = [](const Arguments& arguments) {
    return OpenConnection(arguments, DefaultServer());
  };
  return static_cast<int>(RunApplication(words, application));
}

}  // namespace
}  // namespace localstore::client

int main(int argc, char** argv) {
  return localstore::client::Main({argv + 1, argv + argc});
}
