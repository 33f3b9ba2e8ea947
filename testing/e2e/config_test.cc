// The real program's configuration: file, environment, flags, SIGHUP.

#include <signal.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/e2e/fixture.h"
#include "testing/e2e/subprocess.h"

namespace localstore::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ConfigTest : public EndToEndTest {
 protected:
  ConfigTest() { std::filesystem::create_directories(kHome); }
  ~ConfigTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(kHome, ignored);
  }

  static void Write(const std::string& text) {
    std::ofstream(kFile, std::ios::trunc) << text;
  }

  static CommandResult Check(const std::vector<std::string>& flags,
                             const std::vector<std::string>& environment = {}) {
    std::vector<std::string> command = {FromEnvironment("LOCALSTORED"),
                                        "--check_config"};
    command.insert(command.end(), flags.begin(), flags.end());
    const auto result = RunCommand(command, environment);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(CommandResult());
  }

  static constexpr char kHome[] = "/run/config-test";
  static constexpr char kFile[] = "/run/config-test/config";
};

TEST_F(ConfigTest, CheckConfigSaysWhetherItIsRight) {
  Write("max_active_downloads: 2\n");
  const CommandResult right = Check({absl::StrCat("--config=", kFile)});
  EXPECT_EQ(right.exit_code, 0) << right.stderr_text;
  EXPECT_THAT(right.stdout_text, HasSubstr("the configuration is right"));

  Write("log_level: \"info\"\nmax_activ_downloads: 2\n");
  const CommandResult wrong = Check({absl::StrCat("--config=", kFile)});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.stderr_text, HasSubstr("config:2:"));
  EXPECT_THAT(wrong.stderr_text, HasSubstr("max_active_downloads"));
}

TEST_F(ConfigTest, AFileThatCannotBeReadSaysWhy) {
  const CommandResult missing = Check({"--config=/nope"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.stderr_text,
              HasSubstr("/nope: cannot be read: No such file or directory"));
}

TEST_F(ConfigTest, AFlagWinsOverTheEnvironmentAndThatOverTheFile) {
  Write("max_active_downloads: 1000\n");  // wrong, wherever it counts
  const std::string file = absl::StrCat("--config=", kFile);
  EXPECT_EQ(Check({file}).exit_code, 2);
  EXPECT_EQ(Check({file}, {"LOCALSTORE_MAX_ACTIVE_DOWNLOADS=2"}).exit_code, 0);
  EXPECT_EQ(Check({file, "--max_active_downloads=0"},
                  {"LOCALSTORE_MAX_ACTIVE_DOWNLOADS=2"})
                .exit_code,
            2);
  EXPECT_EQ(Check({}, {absl::StrCat("LOCALSTORE_CONFIG=", kFile)}).exit_code,
            2);
  const CommandResult unknown = Check({}, {"LOCALSTORE_MAX_ACTIV_DOWNLOADS=2"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.stderr_text,
              HasSubstr("is LOCALSTORE_MAX_ACTIVE_DOWNLOADS meant?"));
}

TEST_F(ConfigTest, SighupTakesOverWhatIsLiveAndSaysSo) {
  Write("max_active_downloads: 2\n");
  ServerOptions options;
  options.flags = {absl::StrCat("--config=", kFile)};
  StartServer(options);
  Write(
      "max_active_downloads: 3\nlog_level: \"debug\"\n"
      "connect_timeout { seconds: 9 }\n");
  server_->SendSignal(SIGHUP);
  const std::string log = server_->LogWith("configuration reloaded");
  EXPECT_THAT(log, HasSubstr("max_active_downloads=3 (was 2)"));
  EXPECT_THAT(log, HasSubstr("log_level="));
  EXPECT_THAT(log, HasSubstr("connect_timeout=9s (was 3s)"));

  Write("max_active_downloads: 0\n");
  server_->SendSignal(SIGHUP);
  EXPECT_THAT(server_->LogWith("keeping the one before"),
              HasSubstr("0 is not from 1 to 64"));
  EXPECT_EQ(ResolveOne(kStoreHost).address(), kStoreAddress);
}

TEST_F(ConfigTest, AccessRulesComeAndGoWithSighup) {
  Write("");
  ServerOptions options;
  options.flags = {absl::StrCat("--config=", kFile)};
  StartServer(options);
  v1::ResolveRequest request;
  request.set_host(kStoreHost);
  v1::ResolveResponse response;
  EXPECT_TRUE(Resolve(request, response).ok());
  Write("access { callers: \"uid:4000000000\" allow: \"admin\" }\n");
  server_->SendSignal(SIGHUP);
  EXPECT_THAT(server_->LogWith("changed=access"), Not(HasSubstr("4000000000")));
  EXPECT_THAT(
      Resolve(request, response),
      FailsWith(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED"));
  Write("access { callers: \"user:root\" allow: \"read\" }\n");
  server_->SendSignal(SIGHUP);
  stub_ = v1::LocalDatastoreService::NewStub(server_->UnixChannel());
  server_->LogWith("changed=access", 2);
  const absl::Status status = Resolve(request, response);
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace localstore::testing
