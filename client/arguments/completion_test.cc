#include "client/arguments/completion.h"

#include <string>

#include "client/arguments/command_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;

TEST(CompletionTest, EveryShellKnowsEveryCommandAndFlag) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = CompletionScript(shell);
    for (const CommandSpec& command : Commands()) {
      EXPECT_THAT(script, HasSubstr(command.name)) << shell;
    }
    for (const FlagSpec& flag : Flags()) {
      EXPECT_THAT(script, HasSubstr(flag.name)) << shell;
    }
  }
  EXPECT_EQ(CompletionScript("tcsh"), "");
}

}  // namespace
}  // namespace localstore::client
