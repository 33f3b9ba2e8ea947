#include "server/config/config_file.h"

#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::server {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Complaint(const std::string& text) {
  const auto config = ParseConfig(text, "file");
  EXPECT_FALSE(config.ok());
  return std::string(config.status().message());
}

TEST(ConfigFileTest, TakesJson) {
  const auto config = ParseConfig(
      R"( {"listen": ["127.0.0.1:1"], "maxActiveDownloads": 2,
           "resolve_timeout": "1.5s",
           "datastores": [{"name": "lab", "fqdn": "http://store.local",
                           "tlsIdentity": "TLS_IDENTITY_HOST_NAME"}]})",
      "file");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->listen(), ElementsAre("127.0.0.1:1"));
  EXPECT_EQ(config->max_active_downloads(), 2);
  EXPECT_EQ(config->resolve_timeout().seconds(), 1);
  EXPECT_EQ(config->datastores(0).name(), "lab");
}

TEST(ConfigFileTest, TakesProtobufText) {
  const auto config = ParseConfig(
      "# a comment\nlisten: \"127.0.0.1:1\"\nmax_active_downloads: 2\n"
      "datastores { name: \"lab\" fqdn: \"http://store.local\" }\n",
      "file");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->max_active_downloads(), 2);
  EXPECT_EQ(config->datastores(0).fqdn(), "http://store.local");
}

TEST(ConfigFileTest, EmptyIsNothingButDefaults) {
  EXPECT_TRUE(ParseConfig("", "file").ok());
  EXPECT_TRUE(ParseConfig("{}", "file").ok());
}

TEST(ConfigFileTest, UnknownKeysHaveLineAndSuggestion) {
  EXPECT_THAT(Complaint("listen: \"x\"\n\nmax_activ_downloads: 2\n"),
              AllOf(HasSubstr("file:3:"),
                    HasSubstr("\"max_activ_downloads\" is no setting"),
                    HasSubstr("\"max_active_downloads\" meant?")));
  EXPECT_THAT(
      Complaint("{\n  \"listen\": [],\n  \"max_activ_downloads\": 2\n}"),
      AllOf(HasSubstr("file:3:"),
            HasSubstr("\"max_active_downloads\" meant?")));
  EXPECT_THAT(
      Complaint("{\n  \"datastores\": [\n    {\"fqdnn\": \"x\"}\n  ]\n}"),
      AllOf(HasSubstr("file:3:"), HasSubstr("\"fqdn\" meant?")));
}

TEST(ConfigFileTest, SyntaxErrorsHaveALine) {
  EXPECT_THAT(Complaint("listen: \"x\"\nbridges\n\n"), HasSubstr("file:"));
  EXPECT_THAT(Complaint("{\n  \"log_level\": \"info\",\n  oops oops\n}"),
              HasSubstr("file:3:"));
  EXPECT_THAT(Complaint("{\n  \"max_active_downloads\": \"many\"\n}"),
              AllOf(HasSubstr("file:2:"), HasSubstr("max_active_downloads")));
}

TEST(ConfigFileTest, SecretsAreNotQuoted) {
  for (const char* text :
       {"datastores { credentials { value: s3cret } }",
        "datastores { credentials { value: \"s3cret }",
        "{\"datastores\": [{\"credentials\": {\"value\": s3cret}}]}",
        "{\"datastores\": [{\"credentials\": {\"value\": [\"s3cret\"]}}]}",
        "{\"datastores\": [{\"credentials\": \"s3cret\"}]}",
        "{\"datastores\": [{\"credentials\": {\"value\": \"s3cret}]}"}) {
    EXPECT_THAT(Complaint(text), Not(HasSubstr("s3cret"))) << text;
  }
}

TEST(ConfigFileTest, AFileThatCannotBeReadIsNamed) {
  EXPECT_THAT(std::string(ReadConfigFile("/nowhere/x").status().message()),
              HasSubstr("/nowhere/x: cannot be read: No such file"));
  EXPECT_THAT(
      std::string(ReadConfigFile(::testing::TempDir()).status().message()),
      HasSubstr("cannot be read: Is a directory"));
}

TEST(ConfigFileTest, ReadsAFile) {
  const std::string path = ::testing::TempDir() + "/config";
  std::ofstream(path) << "{\"log_level\": \"debug\"}";
  EXPECT_EQ(ReadConfigFile(path)->log_level(), "debug");
}

}  // namespace
}  // namespace localstore::server
