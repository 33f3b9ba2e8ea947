#include "client/arguments/arguments.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/arguments/suggestion.h"
#include "client/arguments/values.h"
#include "client/render/terminal_text.h"

namespace localstore::client {
namespace {

std::string Canonical(absl::string_view flag) {
  return absl::StrReplaceAll(flag, {{"-", "_"}});
}

template <typename Spec>
std::vector<std::string> Names(const std::vector<Spec>& specs) {
  std::vector<std::string> names;
  names.reserve(specs.size());
  for (const Spec& spec : specs) names.push_back(spec.name);
  return names;
}

std::string DidYouMean(absl::string_view prefix, absl::string_view given,
                       const std::vector<std::string>& known) {
  const std::string here = NameHere(absl::StrCat(prefix, given));
  if (!here.empty()) return absl::StrCat("; did you mean ", here, "?");
  const std::string suggestion = Suggest(given, known);
  return suggestion.empty()
             ? ""
             : absl::StrCat("; did you mean ", prefix, suggestion, "?");
}

absl::Status CheckValue(const FlagSpec& flag, const std::string& value) {
  if (value.empty()) return absl::InvalidArgumentError("the value is empty");
  switch (flag.kind) {
    case FlagKind::kSwitch:
      return ParseSwitch(value).status();
    case FlagKind::kDuration:
      return ParseDurationValue(value).status();
    case FlagKind::kByteCount:
      return ParseByteCount(value).status();
    case FlagKind::kByteRate:
      return ParseByteRate(value).status();
    case FlagKind::kChoice:
      if (std::find(flag.choices.begin(), flag.choices.end(), value) ==
          flag.choices.end()) {
        return absl::InvalidArgumentError(absl::StrCat(
            "\"", value, "\" is not one of ", absl::StrJoin(flag.choices, ", "),
            DidYouMean("", value, flag.choices)));
      }
      return absl::OkStatus();
    case FlagKind::kText:
      return IsValidUtf8(value)
                 ? absl::OkStatus()
                 : absl::InvalidArgumentError("the value is not UTF-8");
    case FlagKind::kFile:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace

class ArgumentParser {
 public:
  explicit ArgumentParser(const std::vector<std::string>& words)
      : words_(words) {}

  absl::StatusOr<Arguments> Parse() {
    while (next_ < words_.size()) {
      if (absl::Status status = Take(words_[next_++]); !status.ok()) {
        return status;
      }
    }
    if (absl::Status status = CheckFlags(); !status.ok()) return status;
    if (absl::Status status = CheckOperands(); !status.ok()) return status;
    return std::move(result_);
  }

 private:
  absl::Status Take(const std::string& word) {
    if (only_operands_ || word == "-" || !absl::StartsWith(word, "-")) {
      return TakeWord(word);
    }
    if (word == "--") {
      only_operands_ = true;
      return absl::OkStatus();
    }
    if (word == "-h") return TakeFlag("--help");
    // As kubectl has it.
    if (word == "-o") return TakeFlag("--output");
    if (absl::StartsWith(word, "-o=")) {
      return TakeFlag(absl::StrCat("--output", word.substr(2)));
    }
    return TakeFlag(word);
  }

  absl::Status TakeWord(const std::string& word) {
    if (result_.command_ != nullptr) {
      result_.operands_.push_back(word);
      return absl::OkStatus();
    }
    result_.command_ = FindCommand(word);
    if (result_.command_ != nullptr) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("there is no command \"", word, "\"",
                     DidYouMean("", word, Names(Commands())),
                     " (see localstorectl --help)"));
  }

  absl::Status TakeFlag(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string shown = word.substr(0, equals);
    const FlagSpec* flag = absl::StartsWith(shown, "--")
                               ? FindFlag(Canonical(shown.substr(2)))
                               : nullptr;
    if (flag == nullptr) return UnknownFlag(shown);
    std::string value = "true";
    if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (flag->kind != FlagKind::kSwitch) {
      if (next_ == words_.size() || absl::StartsWith(words_[next_], "--")) {
        return absl::InvalidArgumentError(
            absl::StrCat("--", flag->name, " wants a value: --", flag->name,
                         "=", flag->value_name));
      }
      value = words_[next_++];
    }
    const absl::Status valid = CheckValue(*flag, value);
    if (!valid.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", flag->name, ": ", valid.message()));
    }
    result_.values_[flag->name].push_back(std::move(value));
    return absl::OkStatus();
  }

  absl::Status UnknownFlag(const std::string& shown) const {
    const size_t dashes = std::min(shown.find_first_not_of('-'), shown.size());
    const std::string name = Canonical(shown.substr(dashes));
    std::vector<std::string> known = Names(Flags());
    if (result_.command_ != nullptr) {
      known.erase(std::remove_if(known.begin(), known.end(),
                                 [this](const std::string& flag) {
                                   return !Takes(*result_.command_, flag);
                                 }),
                  known.end());
    }
    return absl::InvalidArgumentError(
        absl::StrCat("there is no flag ", shown, DidYouMean("--", name, known),
                     " (see ", HelpCommand(), ")"));
  }

  absl::Status CheckFlags() const {
    if (result_.command_ == nullptr) return absl::OkStatus();
    for (const auto& entry : result_.values_) {
      if (!Takes(*result_.command_, entry.first)) {
        return absl::InvalidArgumentError(
            absl::StrCat("--", entry.first, " does not go with ",
                         result_.command_->name, " (see ", HelpCommand(), ")"));
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckOperands() const {
    if (result_.Switch("help") || result_.Switch("version")) {
      return absl::OkStatus();
    }
    const CommandSpec* command = result_.command_;
    if (command == nullptr) {
      return absl::InvalidArgumentError(
          "a command is missing (see localstorectl --help)");
    }
    const int count = static_cast<int>(result_.operands_.size());
    if (count < command->min_operands) {
      return absl::InvalidArgumentError(
          absl::StrCat(command->name, " wants ", command->operands, " (see ",
                       HelpCommand(), ")"));
    }
    if (command->max_operands != kAnyNumber && count > command->max_operands) {
      return absl::InvalidArgumentError(
          absl::StrCat(command->name, " takes no \"",
                       result_.operands_[command->max_operands], "\" beside ",
                       command->operands, " (see ", HelpCommand(), ")"));
    }
    return CheckOperandChoices(*command);
  }

  absl::Status CheckOperandChoices(const CommandSpec& command) const {
    for (const std::string& operand : result_.operands_) {
      if (operand.empty()) {
        return absl::InvalidArgumentError(
            absl::StrCat(command.operands, " of ", command.name, " is empty"));
      }
      if (!IsValidUtf8(operand)) {
        return absl::InvalidArgumentError(
            absl::StrCat("\"", operand, "\" is not UTF-8"));
      }
      if (!command.choices.empty() &&
          std::find(command.choices.begin(), command.choices.end(), operand) ==
              command.choices.end()) {
        return absl::InvalidArgumentError(
            absl::StrCat("\"", operand, "\" is not one of ",
                         absl::StrJoin(command.choices, ", ")));
      }
    }
    return absl::OkStatus();
  }

  std::string HelpCommand() const {
    return result_.command_ == nullptr
               ? "localstorectl --help"
               : absl::StrCat("localstorectl help ", result_.command_->name);
  }

  const std::vector<std::string>& words_;
  size_t next_ = 0;
  bool only_operands_ = false;
  Arguments result_;
};

const std::vector<std::string>* Arguments::Find(absl::string_view flag) const {
  if (FindFlag(flag) == nullptr) std::abort();
  const auto found = values_.find(std::string(flag));
  return found == values_.end() ? nullptr : &found->second;
}

bool Arguments::Has(absl::string_view flag) const {
  return Find(flag) != nullptr;
}

bool Arguments::Switch(absl::string_view flag) const {
  const auto* values = Find(flag);
  return values != nullptr && ParseSwitch(values->back()).value_or(false);
}

std::string Arguments::Text(absl::string_view flag) const {
  const auto* values = Find(flag);
  return values == nullptr ? "" : values->back();
}

std::vector<std::string> Arguments::TextList(absl::string_view flag) const {
  const auto* values = Find(flag);
  return values == nullptr ? std::vector<std::string>() : *values;
}

absl::Duration Arguments::Duration(absl::string_view flag,
                                   absl::Duration otherwise) const {
  const auto* values = Find(flag);
  return values == nullptr
             ? otherwise
             : ParseDurationValue(values->back()).value_or(otherwise);
}

int64_t Arguments::Bytes(absl::string_view flag) const {
  const auto* values = Find(flag);
  return values == nullptr ? 0 : ParseByteRate(values->back()).value_or(0);
}

absl::StatusOr<Arguments> ParseArguments(
    const std::vector<std::string>& words) {
  return ArgumentParser(words).Parse();
}

bool AsksForJson(const std::vector<std::string>& words) {
  bool json = false;
  for (size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    if (words[i] == "--output=json" || words[i] == "-o=json") json = true;
    if (words[i] == "--output=text" || words[i] == "-o=text") json = false;
    if ((words[i] == "--output" || words[i] == "-o") && i + 1 < words.size()) {
      json = words[i + 1] == "json";
    }
  }
  return json;
}

}  // namespace localstore::client
