#include "server/systemd/watchdog.h"

#include <atomic>
#include <cstdlib>
#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "server/systemd/fake_notify_socket.h"
#include "testing/environment.h"

namespace localstore::server {
namespace {

constexpr absl::Duration kPeriod = absl::Milliseconds(20);
// So long without a ping: there is none.
constexpr absl::Duration kSilence = absl::Seconds(1);

class WatchdogTest : public ::testing::Test {
 protected:
  static Watchdog::Options Options() {
    Watchdog::Options options;
    options.period = kPeriod;
    return options;
  }

  // Whether the pings end; false when there still are some after a minute.
  bool FallsSilent() {
    const absl::Time give_up = absl::Now() + absl::Minutes(1);
    while (absl::Now() < give_up) {
      if (systemd_.Receive(kSilence).empty()) return true;
    }
    return false;
  }

  bool Pings() {
    for (int i = 0; i < 10; ++i) {
      if (systemd_.Receive() == "WATCHDOG=1") return true;
    }
    return false;
  }

  static std::string Status() { return "at work"; }

  FakeNotifySocket systemd_;
  Notifier notifier_;
};

TEST_F(WatchdogTest, PingsWhileAllGoesOn) {
  const Watchdog watchdog(
      Options(), {{"a", [] { return true; }}, {"b", [] { return true; }}},
      Status, &notifier_);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Pings());
}

TEST_F(WatchdogTest, FallsSilentWhenALoopHangs) {
  absl::Notification over;
  const Watchdog watchdog(Options(),
                          {{"good", [] { return true; }},
                           {"hung",
                            [&over] {
                              over.WaitForNotification();
                              return true;
                            }}},
                          Status, &notifier_);
  EXPECT_TRUE(FallsSilent());
  over.Notify();
  EXPECT_TRUE(Pings());
}

TEST_F(WatchdogTest, FallsSilentWhenAPartSaysNo) {
  std::atomic<bool> alive{true};
  const Watchdog watchdog(Options(),
                          {{"part", [&alive] { return alive.load(); }}}, Status,
                          &notifier_);
  EXPECT_TRUE(Pings());
  alive = false;
  EXPECT_TRUE(FallsSilent());
  alive = true;
  EXPECT_TRUE(Pings());
}

TEST_F(WatchdogTest, SendsTheStatusWhenItChanges) {
  std::atomic<int> asked{0};
  Watchdog::Options options = Options();
  options.ping = false;
  const Watchdog watchdog(
      options, {{"never asked", [] { return false; }}},
      [&asked] { return ++asked < 3 ? "one" : "two"; }, &notifier_);
  EXPECT_EQ(systemd_.Receive(), "STATUS=one");
  EXPECT_EQ(systemd_.Receive(), "STATUS=two");
}

TEST_F(WatchdogTest, PingsThriceInTheTimeThatSystemdWaits) {
  localstore::testing::SetVariable("WATCHDOG_USEC", "30000000");
  const Notifier wanted;
  localstore::testing::UnsetVariable("WATCHDOG_USEC");
  EXPECT_EQ(Watchdog::OptionsFor(wanted).period, absl::Seconds(10));
  EXPECT_TRUE(Watchdog::OptionsFor(wanted).ping);
  EXPECT_FALSE(Watchdog::OptionsFor(notifier_).ping);
}

}  // namespace
}  // namespace localstore::server
