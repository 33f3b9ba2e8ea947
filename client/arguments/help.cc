#include "client/arguments/help.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/exit_code.h"

namespace localstore::client {
namespace {

constexpr size_t kWidth = 79;
constexpr size_t kFlagIndent = 2;
constexpr size_t kHelpIndent = 8;

// Breaks the text between words; every line begins with `indent` spaces.
std::string Wrapped(const std::string& text, size_t indent) {
  std::string out;
  std::string line(indent, ' ');
  for (const absl::string_view word : absl::StrSplit(text, ' ')) {
    if (line.size() > indent && line.size() + 1 + word.size() > kWidth) {
      absl::StrAppend(&out, line, "\n");
      line.assign(indent, ' ');
    }
    absl::StrAppend(&line, line.size() > indent ? " " : "", word);
  }
  return absl::StrCat(out, line, "\n");
}

std::string FlagHelp(const FlagSpec& flag) {
  const std::string value =
      flag.choices.empty() ? flag.value_name : absl::StrJoin(flag.choices, "|");
  // Those that have a letter as well.
  const absl::string_view letter = flag.name == "output" ? "-o, "
                                   : flag.name == "help" ? "-h, "
                                                         : "";
  return absl::StrCat(std::string(kFlagIndent, ' '), letter, "--", flag.name,
                      value.empty() ? "" : "=", value, "\n",
                      Wrapped(flag.help, kHelpIndent));
}

std::string FlagsHelp(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    absl::StrAppend(&out, FlagHelp(*FindFlag(name)));
  }
  return out;
}

std::string ExamplesHelp(const std::vector<Example>& examples) {
  std::string out;
  for (const Example& example : examples) {
    absl::StrAppend(&out, "  # ", example.purpose, "\n  ", example.command,
                    "\n");
  }
  return out;
}

std::string CommandsHelp() {
  size_t width = 0;
  for (const CommandSpec& command : Commands()) {
    width = std::max(width, command.name.size());
  }
  std::string out;
  for (const CommandSpec& command : Commands()) {
    absl::StrAppend(&out, "  ", command.name,
                    std::string(width + 2 - command.name.size(), ' '),
                    command.summary, "\n");
  }
  return out;
}

std::string ExitCodesHelp() {
  std::string out;
  for (const ExitCodeMeaning& entry : ExitCodeMeanings()) {
    const std::string number = absl::StrCat(static_cast<int>(entry.code));
    absl::StrAppend(&out, "  ", std::string(3 - number.size(), ' '), number,
                    "  ", entry.meaning, "\n");
  }
  return out;
}

}  // namespace

std::string OverallHelp() {
  return absl::StrCat(
      "localstorectl: find .local datastores on this device's bridges and "
      "download from\nthem.\n\n"
      "Usage: localstorectl [--server=ADDRESS] COMMAND [FLAG...]\n\n"
      "Commands (localstorectl help COMMAND tells more):\n",
      CommandsHelp(), "\nFlags for every command:\n", FlagsHelp(GlobalFlags()),
      "\nExamples:\n",
      ExamplesHelp({FindCommand("resolve")->examples.front(),
                    FindCommand("download")->examples.front(),
                    FindCommand("doctor")->examples.front()}),
      "\nEnvironment:\n"
      "  LOCALSTORE_SERVER  the server, where --server is not given\n"
      "  NO_COLOR           no colours\n"
      "\nExit codes:\n",
      ExitCodesHelp());
}

std::string CommandHelp(const CommandSpec& command) {
  return absl::StrCat(
      command.summary, ".\n\nUsage: localstorectl ", command.name,
      command.operands.empty() ? "" : " ", command.operands, " [FLAG...]\n\n",
      Wrapped(command.description, 0),
      command.flags.empty() ? "" : "\nFlags:\n", FlagsHelp(command.flags),
      "\nFlags for every command:\n", FlagsHelp(GlobalFlags()), "\nExamples:\n",
      ExamplesHelp(command.examples));
}

}  // namespace localstore::client
