// The server as systemd's service manager sees it.

#include <signal.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/systemd/fake_notify_socket.h"
#include "testing/e2e/fixture.h"

namespace localstore::testing {
namespace {

using ::testing::StartsWith;

class SystemdTest : public EndToEndTest {
 protected:
  // The next message that is no ping and no mere status.
  std::string Event() {
    for (int i = 0; i < 1000; ++i) {
      std::string message = systemd_.Receive();
      if (message != "WATCHDOG=1" && !absl::StartsWith(message, "STATUS=")) {
        return message;
      }
    }
    return "";
  }

  bool Pings() {
    for (int i = 0; i < 10; ++i) {
      if (systemd_.Receive() == "WATCHDOG=1") return true;
    }
    return false;
  }

  server::FakeNotifySocket systemd_;
};

TEST_F(SystemdTest, IsToldOfStartReloadAndEnd) {
  StartServer();
  EXPECT_THAT(Event(), StartsWith("READY=1\nSTATUS=serving at 127.0.0.1:"));
  server_->SendSignal(SIGHUP);
  EXPECT_THAT(Event(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_THAT(Event(), StartsWith("READY=1\nSTATUS=serving at "));
  server_->SendSignal(SIGTERM);
  EXPECT_EQ(Event(), "STOPPING=1\nSTATUS=draining");
  const absl::StatusOr<int> exit_code = server_->WaitForEnd(absl::Seconds(20));
  ASSERT_TRUE(exit_code.ok()) << exit_code.status();
  EXPECT_EQ(*exit_code, 0);
  server_.reset();
}

TEST_F(SystemdTest, ItsWatchdogIsPinged) {
  StartServer({{}, {"WATCHDOG_USEC=600000"}, {}});
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Pings());
  // A process that is stopped has no loop that goes on.
  server_->SendSignal(SIGSTOP);
  bool silent = false;
  for (int i = 0; i < 20 && !silent; ++i) {
    silent = systemd_.Receive(absl::Seconds(2)).empty();
  }
  EXPECT_TRUE(silent);
  server_->SendSignal(SIGCONT);
  EXPECT_TRUE(Pings());
}

}  // namespace
}  // namespace localstore::testing
