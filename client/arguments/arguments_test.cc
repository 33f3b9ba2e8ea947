#include "client/arguments/arguments.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Complaint(const std::vector<std::string>& words) {
  return std::string(ParseArguments(words).status().message());
}

TEST(ParseArgumentsTest, TakesFlagsBeforeAndAfterTheCommand) {
  const auto arguments =
      ParseArguments({"--server", "unix:/x", "--timeout=5s", "resolve",
                      "a.local", "--all", "--bridge=bn1", "--bridge", "bn2"});
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_EQ(arguments->command()->name, "resolve");
  EXPECT_THAT(arguments->operands(), ElementsAre("a.local"));
  EXPECT_EQ(arguments->Text("server"), "unix:/x");
  EXPECT_EQ(arguments->Duration("timeout", absl::ZeroDuration()),
            absl::Seconds(5));
  EXPECT_TRUE(arguments->Switch("all"));
  EXPECT_FALSE(arguments->Switch("ipv6"));
  EXPECT_THAT(arguments->TextList("bridge"), ElementsAre("bn1", "bn2"));
}

TEST(ParseArgumentsTest, ADashIsAsGoodAsAnUnderscore) {
  const auto arguments = ParseArguments(
      {"download", "--max-size=4G", "--limit-rate", "10M", "http://x/"});
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_EQ(arguments->Bytes("max_size"), 4LL << 30);
  EXPECT_EQ(arguments->Bytes("limit_rate"), 10 << 20);
  EXPECT_EQ(arguments->Bytes("size"), 0);
}

TEST(ParseArgumentsTest, TheLastValueCounts) {
  const auto arguments =
      ParseArguments({"status", "--output=json", "--output=text"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(arguments->Text("output"), "text");
}

TEST(ParseArgumentsTest, NothingIsAFlagAfterTwoDashes) {
  const auto arguments = ParseArguments({"cancel", "--", "--all", "-h"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_THAT(arguments->operands(), ElementsAre("--all", "-h"));
}

TEST(ParseArgumentsTest, ASingleDashIsAValueAndAnOperand) {
  const auto arguments =
      ParseArguments({"download", "--credentials_file", "-", "http://x/"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(arguments->Text("credentials_file"), "-");
}

TEST(ParseArgumentsTest, ASwitchCanBeTurnedOff) {
  const auto arguments = ParseArguments({"resolve", "--all=false", "a.local"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_TRUE(arguments->Has("all"));
  EXPECT_FALSE(arguments->Switch("all"));
}

TEST(ParseArgumentsTest, HelpNeedsNothingElse) {
  EXPECT_TRUE(ParseArguments({"--help"}).ok());
  EXPECT_TRUE(ParseArguments({"-h"})->Switch("help"));
  EXPECT_TRUE(ParseArguments({"download", "--help"}).ok());
  EXPECT_TRUE(ParseArguments({"--version"}).ok());
}

TEST(ParseArgumentsTest, SuggestsWhatWasMeant) {
  EXPECT_THAT(Complaint({"reslove"}), HasSubstr("did you mean resolve?"));
  EXPECT_THAT(Complaint({"download", "--sha265=x"}),
              HasSubstr("did you mean --sha256?"));
  EXPECT_THAT(Complaint({"status", "--ouput=json"}),
              HasSubstr("did you mean --output?"));
  EXPECT_THAT(Complaint({"status", "--output=jsn"}),
              HasSubstr("did you mean json?"));
  EXPECT_THAT(Complaint({"status", "-output=json"}),
              HasSubstr("did you mean --output?"));
  EXPECT_THAT(Complaint({"status", "--json"}),
              HasSubstr("did you mean --output=json?"));
  EXPECT_THAT(Complaint({"version"}), HasSubstr("did you mean --version?"));
  EXPECT_THAT(Complaint({"ls"}), HasSubstr("did you mean status?"));
}

TEST(ParseArgumentsTest, OutputHasALetterAsKubectlHasIt) {
  EXPECT_EQ(ParseArguments({"-o", "json", "status"})->Text("output"), "json");
  EXPECT_EQ(ParseArguments({"status", "-o=json"})->Text("output"), "json");
  EXPECT_THAT(Complaint({"status", "-o", "yaml"}),
              HasSubstr("\"yaml\" is not one of text, json"));
  EXPECT_THAT(Complaint({"status", "-o"}), HasSubstr("wants a value"));
}

TEST(ParseArgumentsTest, SaysWhatIsMissingOrTooMuch) {
  EXPECT_THAT(Complaint({}), HasSubstr("a command is missing"));
  EXPECT_THAT(Complaint({"resolve"}), HasSubstr("resolve wants HOST"));
  EXPECT_THAT(Complaint({"resolve", "a.local", "b.local"}),
              HasSubstr("takes no \"b.local\""));
  EXPECT_THAT(Complaint({"resolve", ""}), HasSubstr("is empty"));
  EXPECT_THAT(Complaint({"status", "--server"}), HasSubstr("--server=ADDRESS"));
  EXPECT_THAT(Complaint({"status", "--server="}), HasSubstr("is empty"));
  EXPECT_THAT(Complaint({"download", "--destination", "--overwrite", "x"}),
              HasSubstr("--destination wants a value"));
  EXPECT_THAT(Complaint({"completion", "tcsh"}), HasSubstr("bash, zsh, fish"));
}

TEST(ParseArgumentsTest, ChecksValuesAndTheirCommand) {
  EXPECT_THAT(Complaint({"resolve", "a.local", "--timeout=soon"}),
              HasSubstr("--timeout: \"soon\" is not a duration"));
  EXPECT_THAT(Complaint({"download", "x", "--size=big"}),
              HasSubstr("--size: \"big\""));
  EXPECT_THAT(Complaint({"download", "x", "--overwrite=perhaps"}),
              HasSubstr("--overwrite"));
  EXPECT_THAT(Complaint({"--sha256=00", "status"}),
              HasSubstr("--sha256 does not go with status"));
}

TEST(ParseArgumentsTest, WhatIsSentMustBeUtf8) {
  EXPECT_THAT(Complaint({"resolve", "a\xff.local"}), HasSubstr("not UTF-8"));
  EXPECT_THAT(Complaint({"resolve", "a.local", "--bridge=\xff"}),
              HasSubstr("--bridge: the value is not UTF-8"));
  EXPECT_TRUE(ParseArguments({"download", "x", "--ca=/tmp/\xff"}).ok());
  EXPECT_FALSE(ParseArguments({"\xff"}).ok());
}

TEST(ParseArgumentsTest, StrayDashesDoNotCrash) {
  for (const char* word : {"---", "-", "--=", "-=", "--=x", "----help", "-"}) {
    const auto arguments = ParseArguments({word});
    EXPECT_FALSE(arguments.ok()) << word;
  }
  EXPECT_FALSE(ParseArguments({""}).ok());
}

TEST(AsksForJsonTest, LooksAtEveryForm) {
  EXPECT_TRUE(AsksForJson({"reslove", "--output=json"}));
  EXPECT_TRUE(AsksForJson({"--output", "json", "--nonsense"}));
  EXPECT_TRUE(AsksForJson({"status", "-o", "json"}));
  EXPECT_TRUE(AsksForJson({"-o=json", "--nonsense"}));
  EXPECT_FALSE(AsksForJson({"-o=json", "-o=text"}));
  EXPECT_FALSE(AsksForJson({"--output=json", "--output=text"}));
  EXPECT_FALSE(AsksForJson({"status", "--", "--output=json"}));
  EXPECT_FALSE(AsksForJson({}));
}

}  // namespace
}  // namespace localstore::client
