#include "client/arguments/completion.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/arguments/command_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string FileWith(const std::string& name, const std::string& content) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/", name);
  std::ofstream(path) << content;
  return path;
}

// What bash offers for these words, the last one being completed, a line each.
std::string BashOffers(const std::string& words) {
  const std::string out = ::testing::TempDir() + "/offers";
  const std::string script =
      FileWith("complete.bash",
               absl::StrCat("set -u; compopt() { :; }\n",
                            CompletionScript("bash"), "COMP_WORDS=(", words,
                            ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                            "_localstorectl\n"
                            "printf '%s\\n' \"${COMPREPLY[@]-}\" > ",
                            out, "\n"));
  EXPECT_EQ(std::system(absl::StrCat("bash ", script).c_str()), 0) << words;
  std::stringstream text;
  text << std::ifstream(out).rdbuf();
  return text.str();
}

TEST(CompletionTest, BashCompletesCommandsFlagsAndValues) {
  EXPECT_EQ(BashOffers("localstorectl res"), "resolve\n");
  EXPECT_EQ(BashOffers("localstorectl --server = unix:/x wat"), "watch\n");
  EXPECT_EQ(BashOffers("localstorectl --server unix:/x wat"), "watch\n");
  EXPECT_EQ(BashOffers("localstorectl download --sha"), "--sha256=\n");
  EXPECT_EQ(BashOffers("localstorectl --output = j"), "json\n");
  EXPECT_EQ(BashOffers("localstorectl --output ''"), "text\njson\n");
  EXPECT_EQ(BashOffers("localstorectl --output ="), "text\njson\n");
  EXPECT_EQ(BashOffers("localstorectl completion f"), "fish\n");
  EXPECT_EQ(BashOffers("localstorectl download --id ''"), "\n");
  EXPECT_THAT(BashOffers("localstorectl resolve --"), HasSubstr("--ipv4\n"));
  EXPECT_THAT(BashOffers("localstorectl resolve --"), Not(HasSubstr("sha256")));
}

TEST(CompletionTest, BashOffersFiles) {
  const std::string file = FileWith("ca.pem", "");
  EXPECT_EQ(BashOffers(absl::StrCat("localstorectl download --ca = ",
                                    file.substr(0, file.size() - 2))),
            file + "\n");
}

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

// Only where the shell is installed.
TEST(CompletionTest, EveryShellReadsItsScript) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string found =
        absl::StrCat("command -v ", shell, " > /dev/null");
    if (std::system(found.c_str()) != 0) continue;
    const std::string script = FileWith(shell, CompletionScript(shell));
    EXPECT_EQ(std::system(absl::StrCat(shell, " -n ", script).c_str()), 0);
  }
}

}  // namespace
}  // namespace localstore::client
