#include "client/application.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "client/arguments/arguments.h"
#include "client/arguments/completion.h"
#include "client/arguments/help.h"
#include "client/commands/browse.h"
#include "client/commands/cancel.h"
#include "client/commands/doctor.h"
#include "client/commands/download.h"
#include "client/commands/reporter.h"
#include "client/commands/resolve.h"
#include "client/commands/status.h"
#include "client/commands/watch.h"
#include "version/version.h"

namespace localstore::client {
namespace {

struct Command {
  ExitCode (*run)(const CommandContext&) = nullptr;
  bool wants_user_events = false;
};

const std::map<std::string, Command>& ServerCommands() {
  static const auto& commands = *new std::map<std::string, Command>{
      {"browse", {&RunBrowse, true}},  {"cancel", {&RunCancel, false}},
      {"doctor", {&RunDoctor, false}}, {"download", {&RunDownload, true}},
      {"remove", {&RunRemove, false}}, {"resolve", {&RunResolve, false}},
      {"status", {&RunStatus, false}}, {"watch", {&RunWatch, true}},
  };
  return commands;
}

ExitCode Help(const Arguments& arguments, const Application& application) {
  const CommandSpec* command = arguments.command();
  if (command != nullptr && command->name == "help" &&
      !arguments.operands().empty()) {
    command = FindCommand(arguments.operands().front());
  } else if (command != nullptr && command->name == "help") {
    command = nullptr;
  }
  *application.out.stream << (command == nullptr ? OverallHelp()
                                                 : CommandHelp(*command));
  return ExitCode::kOk;
}

ExitCode RunOnServer(const Command& command, const Arguments& arguments,
                     Reporter& reporter, Application& application) {
  const absl::StatusOr<Connection> connection = application.connect(arguments);
  if (!connection.ok()) return reporter.UsageError(connection.status());
  const auto stub = v1::LocalDatastoreService::NewStub(connection->channel);
  return command.run({arguments, *stub, connection->server,
                      connection->is_private, *application.in, application.out,
                      application.err, reporter, *application.loop,
                      *application.user, application.patience});
}

ExitCode Dispatch(const std::vector<std::string>& words,
                  Application& application) {
  Reporter reporter(&application.out, &application.err, AsksForJson(words));
  const absl::StatusOr<Arguments> arguments = ParseArguments(words);
  if (!arguments.ok()) return reporter.UsageError(arguments.status());
  if (arguments->Switch("version")) {
    if (reporter.json()) {
      *application.out.stream << "{\"version\":\"" << kVersion << "\"}\n";
    } else {
      *application.out.stream << "localstorectl " << kVersion << '\n';
    }
    return ExitCode::kOk;
  }
  const std::string name =
      arguments->command() == nullptr ? "help" : arguments->command()->name;
  if (arguments->Switch("help") || name == "help") {
    return Help(*arguments, application);
  }
  if (name == "completion") {
    *application.out.stream << CompletionScript(arguments->operands().front());
    return ExitCode::kOk;
  }
  return RunOnServer(ServerCommands().at(name), *arguments, reporter,
                     application);
}

}  // namespace

bool WantsUserEvents(const std::vector<std::string>& words) {
  const absl::StatusOr<Arguments> arguments = ParseArguments(words);
  if (!arguments.ok() || arguments->command() == nullptr) return false;
  const auto found = ServerCommands().find(arguments->command()->name);
  return found != ServerCommands().end() && found->second.wants_user_events;
}

ExitCode RunApplication(const std::vector<std::string>& words,
                        Application& application) {
  const ExitCode code = Dispatch(words, application);
  application.out.stream->flush();
  // A result that could not be written is no success.
  if (code == ExitCode::kOk && !application.out.stream->good()) {
    *application.err.stream << "localstorectl: cannot write the output\n";
    return ExitCode::kFailed;
  }
  return code;
}

}  // namespace localstore::client
