// Every command and flag of localstorectl, in one place: what the parser
// accepts, what the help says and what a shell completes come from here.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace localstore::client {

enum class FlagKind {
  kSwitch,  // --flag, --flag=true, --flag=false
  kText,
  kFile,  // the name of a file; "-" is standard input where the help says so
  kDuration,   // see ParseDurationValue
  kByteCount,  // see ParseByteCount
  kByteRate,   // see ParseByteRate
  kChoice,     // one of `choices`
};

struct FlagSpec {
  std::string name;  // without the dashes: "sha256"
  FlagKind kind = FlagKind::kText;
  std::string value_name;  // in the help: "HEX"; "" for a switch
  std::string help;        // one sentence, no full stop
  std::vector<std::string> choices = {};
  bool repeatable = false;
};

// An example for the help: what one wants and the command that does it.
struct Example {
  std::string purpose;
  std::string command;
};

constexpr int kAnyNumber = -1;

// What a shell can offer for an operand, because the server knows it.
enum class OperandKind { kAnything, kHost, kDownloadId };

struct CommandSpec {
  std::string name;
  std::string operands;  // as in the usage line: "URL|IMAGE"
  int min_operands = 0;
  int max_operands = 0;  // kAnyNumber: no limit
  std::string summary;   // one line
  std::string description;
  std::vector<std::string> flags = {};    // beside the global ones
  std::vector<std::string> choices = {};  // of the operand; empty: anything
  std::vector<Example> examples = {};
  OperandKind operand_kind = OperandKind::kAnything;
};

// In the order of the help.
const std::vector<CommandSpec>& Commands();
// All flags; a name means the same with every command that takes it.
const std::vector<FlagSpec>& Flags();
// Names of the flags that go with every command.
const std::vector<std::string>& GlobalFlags();

// Null when there is none of that name.
const CommandSpec* FindCommand(absl::string_view name);
const FlagSpec* FindFlag(absl::string_view name);

// Whether `command` takes the flag, the global ones included.
bool Takes(const CommandSpec& command, absl::string_view flag);

}  // namespace localstore::client
