#include "client/arguments/help.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;

TEST(HelpTest, TheOverallHelpNamesEveryCommandAndTheEnvironment) {
  const std::string help = OverallHelp();
  for (const CommandSpec& command : Commands()) {
    EXPECT_THAT(help, HasSubstr(absl::StrCat("\n  ", command.name, " ")));
  }
  EXPECT_THAT(help, HasSubstr("LOCALSTORE_SERVER"));
  EXPECT_THAT(help, HasSubstr("130  interrupted"));
}

TEST(HelpTest, TheHelpOfACommandNamesItsFlagsAndShowsExamples) {
  for (const CommandSpec& command : Commands()) {
    const std::string help = CommandHelp(command);
    for (const std::string& flag : command.flags) {
      EXPECT_THAT(help, HasSubstr(absl::StrCat("\n  --", flag)));
    }
    EXPECT_THAT(help, HasSubstr(command.examples.front().command));
  }
}

TEST(HelpTest, OnlyExamplesAreWiderThanATerminal) {
  for (const CommandSpec& command : Commands()) {
    for (const absl::string_view line :
         absl::StrSplit(CommandHelp(command), '\n')) {
      if (!absl::StrContains(line, "localstorectl ")) {
        EXPECT_LE(line.size(), 80u) << line;
      }
    }
  }
}

}  // namespace
}  // namespace localstore::client
