// What a person at the keyboard sees: localstorectl against the real server.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
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

  static CommandResult Localstorectl(const std::vector<std::string>& arguments,
                                     const std::string& server) {
    std::vector<std::string> argv = {FromEnvironment("LOCALSTORECTL"),
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

// A localstorectl that is still running, and what it has said so far.
class RunningClient {
 public:
  RunningClient(const std::vector<std::string>& argv, const std::string& pipe) {
    EXPECT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    // To write as well, so that opening waits for nobody.
    said_ = open(pipe.c_str(), O_RDWR | O_CLOEXEC);
    EXPECT_GE(said_, 0);
    const absl::StatusOr<pid_t> pid = StartCommand(argv, {}, pipe);
    EXPECT_TRUE(pid.ok()) << pid.status();
    pid_ = pid.value_or(-1);
  }
  ~RunningClient() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    if (pid_ > 0) (void)WaitForExit(pid_, absl::Seconds(10));
    close(said_);
  }
  RunningClient(const RunningClient&) = delete;
  RunningClient& operator=(const RunningClient&) = delete;

  // Waits for it to say that; what it said before is passed over.
  ::testing::AssertionResult Says(const std::string& text) {
    constexpr int kMilliseconds = 30'000;
    std::array<char, 4096> buffer;
    while (!absl::StrContains(text_, text)) {
      pollfd readable = {said_, POLLIN, 0};
      const ssize_t count = poll(&readable, 1, kMilliseconds) == 1
                                ? read(said_, buffer.data(), buffer.size())
                                : 0;
      if (count <= 0) return ::testing::AssertionFailure() << text_;
      text_.append(buffer.data(), count);
    }
    text_.erase(0, text_.find(text) + text.size());
    return ::testing::AssertionSuccess();
  }

  void PressCtrlC() const { kill(pid_, SIGINT); }

  int ExitCode() {
    const absl::StatusOr<int> code = WaitForExit(pid_, absl::Seconds(30));
    EXPECT_TRUE(code.ok()) << code.status();
    if (code.ok()) pid_ = -1;
    return code.value_or(-1);
  }

 private:
  int said_ = -1;
  pid_t pid_ = -1;
  std::string text_;
};

class CtrlCTest : public LocalstorectlTest {
 protected:
  // A download of some seconds, up to where bytes come.
  std::unique_ptr<RunningClient> Download(const std::string& id) {
    const std::string digest = lab_.MakeFile("store", "images/ctrlc", 24 << 20);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the variables do not change.
    const char* program = std::getenv("LOCALSTORECTL");
    auto client = std::make_unique<RunningClient>(
        std::vector<std::string>{
            program == nullptr ? "" : program,
            absl::StrCat("--server=", server_->unix_address()), "download",
            absl::StrCat("--id=", id), absl::StrCat("--sha256=", digest),
            absl::StrCat("--destination=", id),
            absl::StrCat("http://", kStoreHost, "/slow/images/ctrlc")},
        absl::StrCat(::testing::TempDir(), "/said-by-", id));
    EXPECT_TRUE(client->Says("-> http://10.1.0.5/slow/images/ctrlc"));
    return client;
  }
};

TEST_F(CtrlCTest, OnceLeavesTheDownloadRunningAndSaysHowToAttach) {
  const auto client = Download("goes-on");
  client->PressCtrlC();
  EXPECT_TRUE(client->Says(" watch goes-on\n"));
  EXPECT_EQ(client->ExitCode(), 130);

  const CommandResult attached = Localstorectl({"watch", "goes-on"});
  EXPECT_EQ(attached.exit_code, 0) << attached.stderr_text;
  EXPECT_THAT(attached.stdout_text, HasSubstr("goes-on: completed"));
  EXPECT_TRUE(
      SameFile(Destination("goes-on"), lab_.FilePath("store", "images/ctrlc")));
}

TEST_F(CtrlCTest, TwiceCancelsTheDownload) {
  const auto client = Download("stops");
  client->PressCtrlC();
  EXPECT_TRUE(client->Says("Ctrl-C again cancels it"));
  client->PressCtrlC();
  EXPECT_EQ(client->ExitCode(), 8);

  const CommandResult status = Localstorectl({"status", "-o", "json", "stops"});
  EXPECT_THAT(status.stdout_text, HasSubstr("STATE_CANCELLED"));
  EXPECT_FALSE(std::filesystem::exists(Destination("stops")));
}

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
