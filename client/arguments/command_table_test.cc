#include "client/arguments/command_table.h"

#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::MatchesRegex;

TEST(CommandTableTest, NamesAreUniqueAndWellFormed) {
  std::set<std::string> seen;
  for (const FlagSpec& flag : Flags()) {
    EXPECT_TRUE(seen.insert(flag.name).second) << flag.name;
    EXPECT_THAT(flag.name, MatchesRegex("[a-z][a-z0-9_]*"));
    EXPECT_FALSE(flag.help.empty()) << flag.name;
    EXPECT_EQ(flag.value_name.empty(), flag.kind == FlagKind::kSwitch)
        << flag.name;
    EXPECT_EQ(flag.choices.empty(), flag.kind != FlagKind::kChoice)
        << flag.name;
  }
  seen.clear();
  for (const CommandSpec& command : Commands()) {
    EXPECT_TRUE(seen.insert(command.name).second) << command.name;
    EXPECT_FALSE(command.examples.empty()) << command.name;
  }
}

TEST(CommandTableTest, EveryFlagOfACommandIsInTheTable) {
  for (const std::string& name : GlobalFlags()) {
    EXPECT_NE(FindFlag(name), nullptr) << name;
  }
  for (const CommandSpec& command : Commands()) {
    for (const std::string& name : command.flags) {
      EXPECT_NE(FindFlag(name), nullptr) << command.name << " --" << name;
    }
  }
}

TEST(CommandTableTest, EveryFlagIsTakenBySomeCommand) {
  for (const FlagSpec& flag : Flags()) {
    bool taken = false;
    for (const CommandSpec& command : Commands()) {
      taken = taken || Takes(command, flag.name);
    }
    EXPECT_TRUE(taken) << flag.name;
  }
}

TEST(CommandTableTest, HelpKnowsEveryCommandButItself) {
  std::vector<std::string> names;
  for (const CommandSpec& command : Commands()) {
    if (command.name != "help") names.push_back(command.name);
  }
  EXPECT_EQ(FindCommand("help")->choices, names);
}

}  // namespace
}  // namespace localstore::client
