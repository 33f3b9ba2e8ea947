// What a person at the keyboard sees: localstorectl against the real server.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.pb.h"
#include "testing/e2e/fixture.h"
#include "testing/e2e/subprocess.h"

namespace localstore::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class LocalstorectlTest : public EndToEndTest {
 protected:
  void SetUp() override { StartServer(); }

  CommandResult Localstorectl(const std::vector<std::string>& arguments,
                              const std::string& server) {
    const char* program = std::getenv("LOCALSTORECTL");
    std::vector<std::string> argv = {program == nullptr ? "" : program,
                                     absl::StrCat("--server=", server)};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const absl::StatusOr<CommandResult> result = RunCommand(argv);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(CommandResult{-1, "", ""});
  }

  CommandResult Localstorectl(const std::vector<std::string>& arguments) {
    return Localstorectl(arguments, server_->unix_address());
  }
};

TEST_F(LocalstorectlTest, ResolvesOverTheUnixSocketAndTcp) {
  for (const std::string& server :
       {server_->unix_address(), server_->tcp_address()}) {
    const CommandResult result = Localstorectl({"resolve", kStoreHost}, server);
    EXPECT_EQ(result.exit_code, 0) << result.stderr_text;
    EXPECT_THAT(result.stdout_text,
                AllOf(HasSubstr(kStoreAddress), HasSubstr("bn1"),
                      HasSubstr("10.1.0.1")));
  }
}

TEST_F(LocalstorectlTest, SaysWhichBridgesHaveNotTheName) {
  const CommandResult result =
      Localstorectl({"resolve", "--timeout=300ms", "nobody-here.local"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_EQ(result.stdout_text, "");
  EXPECT_THAT(result.stderr_text,
              AllOf(HasSubstr("nobody-here.local"), HasSubstr("bn1"),
                    HasSubstr("bn2"), HasSubstr("bn3")));
}

TEST_F(LocalstorectlTest, DownloadsAndSaysWhatWasRewrittenToWhat) {
  const std::string digest = lab_.MakeFile("store", "images/ctl", 3000000);
  const std::string url = absl::StrCat("http://", kStoreHost, "/images/ctl");

  const CommandResult result =
      Localstorectl({"download", absl::StrCat("--sha256=", digest), url});

  EXPECT_EQ(result.exit_code, 0) << result.stderr_text;
  const std::string said = result.stdout_text + result.stderr_text;
  EXPECT_THAT(said,
              AllOf(HasSubstr(url), HasSubstr("http://10.1.0.5/images/ctl"),
                    HasSubstr("bn1"), HasSubstr(digest)));
  EXPECT_TRUE(
      SameFile(Destination("ctl"), lab_.FilePath("store", "images/ctl")));
}

TEST_F(LocalstorectlTest, AWrongDigestHasItsExitCode) {
  lab_.MakeFile("store", "images/wrong", 1000);
  const CommandResult result = Localstorectl(
      {"download", absl::StrCat("--sha256=", std::string(64, 'b')),
       absl::StrCat("http://", kStoreHost, "/images/wrong")});
  EXPECT_EQ(result.exit_code, 5) << result.stderr_text;
  EXPECT_FALSE(std::filesystem::exists(Destination("wrong")));
}

TEST_F(LocalstorectlTest, PrintsItsStatusAsJson) {
  const CommandResult result = Localstorectl({"status", "--output=json"});
  ASSERT_EQ(result.exit_code, 0) << result.stderr_text;
  v1::StatusResponse status;
  ASSERT_TRUE(
      google::protobuf::util::JsonStringToMessage(result.stdout_text, &status)
          .ok())
      << result.stdout_text;
  EXPECT_EQ(status.bridges_size(), 3);
}

TEST_F(LocalstorectlTest, SaysWhenThereIsNoServer) {
  const CommandResult result =
      Localstorectl({"status"}, "unix:/run/no-such-server.sock");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.stderr_text, HasSubstr("/run/no-such-server.sock"));
}

}  // namespace
}  // namespace localstore::testing
