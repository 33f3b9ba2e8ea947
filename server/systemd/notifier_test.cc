#include "server/systemd/notifier.h"

#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "server/systemd/fake_notify_socket.h"
#include "testing/environment.h"

namespace localstore::server {
namespace {

int64_t MonotonicMicroseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
}

TEST(NotifierTest, TellsWhatTheServiceDoes) {
  FakeNotifySocket systemd;
  Notifier notifier;
  EXPECT_TRUE(notifier.active());
  notifier.Ready("serving");
  EXPECT_EQ(systemd.Receive(), "READY=1\nSTATUS=serving");
  notifier.Status("two\nlines");
  EXPECT_EQ(systemd.Receive(), "STATUS=two lines");
  notifier.Ping();
  EXPECT_EQ(systemd.Receive(), "WATCHDOG=1");
  notifier.Stopping("draining");
  EXPECT_EQ(systemd.Receive(), "STOPPING=1\nSTATUS=draining");
}

TEST(NotifierTest, AReloadCarriesTheTime) {
  FakeNotifySocket systemd;
  Notifier notifier;
  const int64_t before = MonotonicMicroseconds();
  notifier.Reloading();
  const std::string message = systemd.Receive();
  const std::vector<std::string> lines = absl::StrSplit(message, '\n');
  ASSERT_GE(lines.size(), 2u) << message;
  EXPECT_EQ(lines[0], "RELOADING=1");
  int64_t stamp = 0;
  ASSERT_TRUE(
      absl::SimpleAtoi(absl::StripPrefix(lines[1], "MONOTONIC_USEC="), &stamp))
      << message;
  EXPECT_GE(stamp, before);
  EXPECT_LE(stamp, MonotonicMicroseconds());
}

TEST(NotifierTest, SaysNothingWhereNobodyListens) {
  localstore::testing::UnsetVariable("NOTIFY_SOCKET");
  Notifier notifier;
  EXPECT_FALSE(notifier.active());
  EXPECT_EQ(notifier.watchdog_interval(), absl::InfiniteDuration());
  notifier.Ready("serving");
}

TEST(NotifierTest, HeedsTheWatchdogThatIsMeantForIt) {
  FakeNotifySocket systemd;
  localstore::testing::SetVariable("WATCHDOG_USEC", "3000000");
  EXPECT_EQ(Notifier().watchdog_interval(), absl::Seconds(3));
  localstore::testing::SetVariable("WATCHDOG_PID", absl::StrCat(getpid()));
  EXPECT_EQ(Notifier().watchdog_interval(), absl::Seconds(3));
  localstore::testing::SetVariable("WATCHDOG_PID", "1");
  EXPECT_EQ(Notifier().watchdog_interval(), absl::InfiniteDuration());
  localstore::testing::UnsetVariable("WATCHDOG_PID");
  localstore::testing::UnsetVariable("WATCHDOG_USEC");
}

}  // namespace
}  // namespace localstore::server
