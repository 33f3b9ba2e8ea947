// The manual page names every command, flag and exit code, and no others.
#include <algorithm>
#include <cstddef>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/arguments/command_table.h"
#include "client/exit_code.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;

std::string Manual() {
  std::ifstream file("client/localstorectl.1");
  std::stringstream text;
  text << file.rdbuf();
  return absl::StrReplaceAll(text.str(), {{"\\-", "-"}});
}

// The lines that begin an entry: ".B --all" or ".BI --server= ADDRESS".
std::string FlagOfEntry(absl::string_view line) {
  const size_t dashes = line.find("--");
  if (!absl::StartsWith(line, ".B") || dashes == absl::string_view::npos) {
    return "";
  }
  const absl::string_view name = line.substr(dashes + 2);
  return std::string(name.substr(0, name.find_first_of("= ")));
}

std::set<std::string> FlagsWithAnEntry() {
  std::set<std::string> flags;
  bool entry = false;
  for (const absl::string_view line : absl::StrSplit(Manual(), '\n')) {
    if (entry && !FlagOfEntry(line).empty()) flags.insert(FlagOfEntry(line));
    entry = line == ".TP";
  }
  return flags;
}

TEST(ManualTest, HasAnEntryForEveryFlagAndNoOther) {
  std::set<std::string> known;
  for (const FlagSpec& flag : Flags()) known.insert(flag.name);
  EXPECT_EQ(FlagsWithAnEntry(), known);
}

// The part of the manual about a command.
std::string SectionOf(const std::string& manual, const std::string& command) {
  for (const char* macro : {"\n.BI ", "\n.B "}) {
    const size_t begin = manual.find(absl::StrCat(macro, command, " "));
    if (begin != std::string::npos) {
      return manual.substr(begin, manual.find("\n.TP", begin) - begin);
    }
  }
  return "";
}

TEST(ManualTest, DescribesEveryCommandWithItsFlags) {
  const std::string manual = Manual();
  for (const CommandSpec& command : Commands()) {
    const std::string section =
        absl::StrReplaceAll(SectionOf(manual, command.name), {{"\n", " "}});
    ASSERT_NE(section, "") << command.name;
    for (const FlagSpec& flag : Flags()) {
      const bool listed =
          absl::StrContains(section, absl::StrCat("--", flag.name, ",")) ||
          absl::StrContains(section, absl::StrCat("--", flag.name, "."));
      const bool own = std::find(command.flags.begin(), command.flags.end(),
                                 flag.name) != command.flags.end();
      EXPECT_EQ(listed, own) << command.name << " --" << flag.name;
    }
  }
}

TEST(ManualTest, ExplainsEveryExitCodeInTheSameWords) {
  const std::string manual = Manual();
  for (const ExitCodeMeaning& entry : ExitCodeMeanings()) {
    const size_t begin =
        manual.find(absl::StrCat("\n.B ", static_cast<int>(entry.code), "\n"));
    ASSERT_NE(begin, std::string::npos) << static_cast<int>(entry.code);
    EXPECT_THAT(absl::AsciiStrToLower(manual.substr(begin, 100)),
                HasSubstr(absl::AsciiStrToLower(entry.meaning)));
  }
}

}  // namespace
}  // namespace localstore::client
