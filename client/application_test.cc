#include "client/application.h"

#include <string>

#include "client/testing/fake_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ApplicationTest, PrintsHelpAndVersionWithoutAServer) {
  Harness harness;
  EXPECT_EQ(harness.Run({"--help"}), 0);
  EXPECT_THAT(harness.out(), HasSubstr("Commands"));
  EXPECT_EQ(harness.Run({"download", "--help"}), 0);
  EXPECT_THAT(harness.out(), HasSubstr("--limit_rate=RATE"));
  EXPECT_EQ(harness.Run({"help", "resolve"}), 0);
  EXPECT_THAT(harness.out(), HasSubstr("--no_cache"));
  EXPECT_EQ(harness.Run({"help"}), 0);
  EXPECT_THAT(harness.out(), HasSubstr("Exit codes"));
  EXPECT_EQ(harness.Run({"--version"}), 0);
  EXPECT_THAT(harness.out(), StartsWith("localstorectl "));
  EXPECT_EQ(harness.Run({"--version", "--output=json"}), 0);
  EXPECT_THAT(harness.out(), StartsWith("{\"version\":\""));
}

TEST(ApplicationTest, MistakesEndWithTwo) {
  Harness harness;
  EXPECT_EQ(harness.Run({}), 2);
  EXPECT_EQ(harness.Run({"reslove", "x"}), 2);
  EXPECT_THAT(harness.err(), HasSubstr("did you mean resolve?"));
  EXPECT_EQ(harness.Run({"help", "reslove"}), 2);
  EXPECT_THAT(harness.err(), HasSubstr("resolve"));
  EXPECT_EQ(harness.Run({"--nonsense"}), 2);
}

TEST(ApplicationTest, MistakesAreJsonWhereJsonWasAskedFor) {
  Harness harness;
  EXPECT_EQ(harness.Run({"reslove", "--output=json"}), 2);
  EXPECT_THAT(harness.err(), StartsWith(R"({"code":3,"message":)"));
  EXPECT_EQ(harness.out(), "");
}

TEST(ApplicationTest, EveryCommandInTheTableIsThere) {
  Harness harness;
  for (const CommandSpec& command : Commands()) {
    std::vector<std::string> words{command.name};
    for (int i = 0; i < command.min_operands; ++i) {
      words.push_back(command.choices.empty() ? "http://x.local/"
                                              : command.choices.front());
    }
    if (command.name == "download") words.push_back("--allow_unverified");
    const int code = harness.Run(words);
    EXPECT_NE(code, 2) << command.name << ": " << harness.err();
  }
}

TEST(ApplicationTest, OutputThatCannotBeWrittenIsNoSuccess) {
  Application application;
  std::ostream out(nullptr);
  std::ostringstream err;
  application.out.stream = &out;
  application.err.stream = &err;
  EXPECT_EQ(RunApplication({"--version"}, application), ExitCode::kFailed);
  EXPECT_THAT(err.str(), HasSubstr("cannot write"));
}

TEST(ApplicationTest, OnlyCommandsThatFollowWantUserEvents) {
  EXPECT_TRUE(WantsUserEvents({"download", "x"}));
  EXPECT_FALSE(WantsUserEvents({"status"}));
  EXPECT_FALSE(WantsUserEvents({"--help"}));
  EXPECT_FALSE(WantsUserEvents({"nonsense"}));
}

}  // namespace
}  // namespace localstore::client
