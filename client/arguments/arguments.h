// A command line, understood.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/arguments/command_table.h"

namespace localstore::client {

// What was given. Every value has been checked against its flag's kind, and
// every flag against the command. Asking for a flag that is not in the table
// is a fault of the caller's and ends the program.
class Arguments {
 public:
  // Null where only --help or --version was given.
  const CommandSpec* command() const { return command_; }
  const std::vector<std::string>& operands() const { return operands_; }

  bool Has(absl::string_view flag) const;
  // False unless given and true.
  bool Switch(absl::string_view flag) const;
  // The last value given, "" if none.
  std::string Text(absl::string_view flag) const;
  std::vector<std::string> TextList(absl::string_view flag) const;
  absl::Duration Duration(absl::string_view flag,
                          absl::Duration otherwise) const;
  // Of a number of bytes or a rate; 0 if not given.
  int64_t Bytes(absl::string_view flag) const;

 private:
  friend class ArgumentParser;
  const std::vector<std::string>* Find(absl::string_view flag) const;

  const CommandSpec* command_ = nullptr;
  std::vector<std::string> operands_;
  std::map<std::string, std::vector<std::string>> values_;
};

// Reads `words` (without the program's name). Flags stand anywhere,
// "--flag=value" or "--flag value", with '-' or '_' between their words; what
// follows "--" is no flag. With --help the rest need not be complete.
//
// Errors: INVALID_ARGUMENT with a message for the person at the keyboard.
absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words);

// Whether the words ask for JSON, even where they are not well-formed
// otherwise, so that the complaint can be JSON too.
bool AsksForJson(const std::vector<std::string>& words);

}  // namespace localstore::client
