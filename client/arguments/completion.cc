#include "client/arguments/completion.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/arguments/command_table.h"

namespace localstore::client {
namespace {

std::vector<std::string> FlagsOf(const CommandSpec& command) {
  std::vector<std::string> names = command.flags;
  names.insert(names.end(), GlobalFlags().begin(), GlobalFlags().end());
  return names;
}

// Within '...' of a shell.
std::string Quoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

std::string CommandNames() {
  return absl::StrJoin(Commands(), " ",
                       [](std::string* out, const CommandSpec& command) {
                         absl::StrAppend(out, command.name);
                       });
}

std::string DashedFlags(const std::vector<std::string>& names) {
  return absl::StrJoin(names, " ", [](std::string* out, const auto& name) {
    absl::StrAppend(out, "--", name,
                    FindFlag(name)->kind == FlagKind::kSwitch ? "" : "=");
  });
}

// "server|output|...": flags whose value is a word of its own.
std::string FlagsWithValue() {
  std::vector<std::string> names;
  for (const FlagSpec& flag : Flags()) {
    if (flag.kind != FlagKind::kSwitch) {
      names.push_back(absl::StrCat("--", flag.name));
    }
  }
  return absl::StrJoin(names, "|");
}

std::string BashValueCases() {
  std::string out;
  for (const FlagSpec& flag : Flags()) {
    if (flag.kind == FlagKind::kFile) {
      absl::StrAppend(&out, "    --", flag.name,
                      ") mapfile -t COMPREPLY < <(compgen -f -- \"$word\");"
                      // A folder gets its slash.
                      " compopt -o filenames; return ;;\n");
    } else if (flag.kind == FlagKind::kChoice) {
      absl::StrAppend(
          &out, "    --", flag.name, ") mapfile -t COMPREPLY < <(compgen -W '",
          absl::StrJoin(flag.choices, " "), "' -- \"$word\"); return ;;\n");
    }
  }
  return absl::StrCat(out, "    ", FlagsWithValue(), ") return ;;\n");
}

// What the server knows of a kind: the name of a function of the script.
absl::string_view Asks(OperandKind kind) {
  switch (kind) {
    case OperandKind::kHost:
      return "_localstorectl_hosts";
    case OperandKind::kDownloadId:
      return "_localstorectl_ids";
    case OperandKind::kAnything:
      break;
  }
  return "";
}

// Names come from the network, and a shell expands what it completes: only
// those of plain characters are offered.
constexpr char kHostsOfJson[] =
    "status --output=json 2>/dev/null | "
    "grep -o '\"[A-Za-z0-9._-]*[.]local\"' | tr -d '\"' | sort -u";
constexpr char kIdsOfJson[] =
    "status --output=json 2>/dev/null | "
    "grep -o '\"downloadId\":\"[A-Za-z0-9._-]*\"' | cut -d '\"' -f 4";

std::string AskingFunctions() {
  return absl::StrCat("_localstorectl_hosts() { localstorectl ", kHostsOfJson,
                      "; }\n_localstorectl_ids() { localstorectl ", kIdsOfJson,
                      "; }\n");
}

std::string BashCommandCases() {
  std::string out;
  for (const CommandSpec& command : Commands()) {
    absl::StrAppend(&out, "    ", command.name, ") words='",
                    DashedFlags(FlagsOf(command)),
                    command.choices.empty() ? "" : " ",
                    absl::StrJoin(command.choices, " "), "'");
    if (command.operand_kind != OperandKind::kAnything) {
      absl::StrAppend(&out, "; asks=", Asks(command.operand_kind));
    }
    absl::StrAppend(&out, " ;;\n");
  }
  return out;
}

std::string Bash() {
  return absl::StrCat(
      "# bash completion of localstorectl\n", AskingFunctions(),
      "_localstorectl() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} previous='' command='' words "
      "asks='' known i\n"
      "  ((COMP_CWORD > 0)) && previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
      "  # --flag=value comes as three words.\n"
      "  if [[ $word == = ]]; then\n"
      "    word=''\n"
      "  elif [[ $previous == = ]] && ((COMP_CWORD > 1)); then\n"
      "    previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
      "  fi\n"
      "  case $previous in\n",
      BashValueCases(),
      "  esac\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${COMP_WORDS[i]} in\n"
      "    ",
      FlagsWithValue(),
      ") [[ ${COMP_WORDS[i + 1]} == = ]] && ((i++)); ((i++)) ;;\n"
      "    -*) ;;\n"
      "    *) command=${COMP_WORDS[i]}; break ;;\n"
      "    esac\n"
      "  done\n"
      "  case $command in\n",
      BashCommandCases(), "    *) words='", CommandNames(), " ",
      DashedFlags(GlobalFlags()),
      "' ;;\n"
      "  esac\n"
      "  # The server of the environment; another may know others.\n"
      "  if [[ $asks && $word != -* && ${COMP_WORDS[*]} != *--server* ]]; "
      "then\n"
      "    known=$($asks)\n"
      "    words=${known:-$words}\n"
      "  fi\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
      "  if [[ ${COMPREPLY[0]-} == *= ]]; then compopt -o nospace; fi\n"
      "}\n"
      "complete -F _localstorectl localstorectl\n");
}

// What _arguments wants for a flag; ':', '[' and ']' mean something there.
std::string ZshFlag(const std::string& name) {
  const FlagSpec& flag = *FindFlag(name);
  const std::string help = absl::StrReplaceAll(
      flag.help, {{"[", "\\["}, {"]", "\\]"}, {":", "\\:"}});
  std::string spec =
      absl::StrCat(flag.repeatable ? "*" : "", "--", flag.name,
                   flag.kind == FlagKind::kSwitch ? "" : "=", "[", help, "]");
  if (flag.kind == FlagKind::kFile) {
    absl::StrAppend(&spec, ":file:_files");
  } else if (flag.kind == FlagKind::kChoice) {
    absl::StrAppend(&spec, ":", flag.value_name, ":(",
                    absl::StrJoin(flag.choices, " "), ")");
  } else if (flag.kind != FlagKind::kSwitch) {
    absl::StrAppend(&spec, ":", flag.value_name, ":");
  }
  return Quoted(spec);
}

std::string ZshFlags(const std::vector<std::string>& names) {
  return absl::StrJoin(names, " ", [](std::string* out, const auto& name) {
    absl::StrAppend(out, ZshFlag(name));
  });
}

std::string Zsh() {
  std::string descriptions;
  std::string cases;
  for (const CommandSpec& command : Commands()) {
    absl::StrAppend(&descriptions, "    ",
                    Quoted(absl::StrCat(command.name, ":", command.summary)),
                    "\n");
    absl::StrAppend(
        &cases, "    ", command.name, ") _arguments ",
        ZshFlags(FlagsOf(command)), " ",
        command.operand_kind != OperandKind::kAnything
            ? Quoted(absl::StrCat("*:operand:{ local -a known=(${(f)\"$(",
                                  Asks(command.operand_kind),
                                  ")\"}); compadd -a known }"))
        : command.choices.empty()
            ? "'*:operand:'"
            : Quoted(absl::StrCat("1:operand:(",
                                  absl::StrJoin(command.choices, " "), ")")),
        " ;;\n");
  }
  return absl::StrCat("#compdef localstorectl\n", AskingFunctions(),
                      "_localstorectl() {\n"
                      "  local context state line\n"
                      "  local -a commands=(\n",
                      descriptions,
                      "  )\n"
                      "  _arguments -C ",
                      ZshFlags(GlobalFlags()),
                      " '1:command:->command' '*::operand:->operand'\n"
                      "  case $state in\n"
                      "  command) _describe command commands ;;\n"
                      "  operand)\n"
                      "    case $words[1] in\n",
                      cases,
                      "    esac ;;\n"
                      "  esac\n"
                      "}\n"
                      "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n"
                      "  _localstorectl \"$@\"\n"
                      "else\n"
                      "  compdef _localstorectl localstorectl\n"
                      "fi\n");
}

std::string FishFlag(const std::string& name, const std::string& condition) {
  const FlagSpec& flag = *FindFlag(name);
  std::string line =
      absl::StrCat("complete -c localstorectl", condition, " -l ", flag.name);
  if (flag.kind == FlagKind::kFile) {
    absl::StrAppend(&line, " -r -F");
  } else if (flag.kind == FlagKind::kChoice) {
    absl::StrAppend(&line, " -x -a '", absl::StrJoin(flag.choices, " "), "'");
  } else if (flag.kind != FlagKind::kSwitch) {
    absl::StrAppend(&line, " -x");
  }
  // In fish a backslash, not '\'', stands before a quote.
  return absl::StrCat(line, " -d '",
                      absl::StrReplaceAll(flag.help, {{"'", "\\'"}}), "'\n");
}

std::string Fish() {
  std::string out = absl::StrCat(
      "# fish completion of localstorectl\n"
      "function _localstorectl_hosts; localstorectl ",
      kHostsOfJson, "; end\nfunction _localstorectl_ids; localstorectl ",
      kIdsOfJson, "; end\ncomplete -c localstorectl -f\n");
  for (const CommandSpec& command : Commands()) {
    absl::StrAppend(
        &out,
        // __fish_use_subcommand would take the value of a flag for a command.
        "complete -c localstorectl -n 'not __fish_seen_subcommand_from ",
        CommandNames(), "' -a ", command.name, " -d '",
        absl::StrReplaceAll(command.summary, {{"'", "\\'"}}), "'\n");
  }
  for (const std::string& flag : GlobalFlags()) {
    absl::StrAppend(&out, FishFlag(flag, ""));
  }
  for (const CommandSpec& command : Commands()) {
    const std::string condition =
        absl::StrCat(" -n '__fish_seen_subcommand_from ", command.name, "'");
    for (const std::string& flag : command.flags) {
      absl::StrAppend(&out, FishFlag(flag, condition));
    }
    if (!command.choices.empty()) {
      absl::StrAppend(&out, "complete -c localstorectl", condition, " -a '",
                      absl::StrJoin(command.choices, " "), "'\n");
    }
    if (command.operand_kind != OperandKind::kAnything) {
      absl::StrAppend(&out, "complete -c localstorectl", condition, " -a '(",
                      Asks(command.operand_kind), ")'\n");
    }
  }
  return out;
}

}  // namespace

std::string CompletionScript(absl::string_view shell) {
  if (shell == "bash") return Bash();
  if (shell == "zsh") return Zsh();
  if (shell == "fish") return Fish();
  return "";
}

}  // namespace localstore::client
