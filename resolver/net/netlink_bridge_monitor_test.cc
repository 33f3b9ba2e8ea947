// Against the kernel, in a network namespace of the test's own.
#include "resolver/net/netlink_bridge_monitor.h"

#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "resolver/net/test_namespace.h"

namespace localstore::resolver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Against a hang only.
constexpr absl::Duration kPatience = absl::Seconds(30);

std::string Describe(const Bridge& bridge) {
  return absl::StrCat(bridge.name, bridge.up ? " up" : " down",
                      bridge.addresses.empty() ? "" : " ",
                      absl::StrJoin(bridge.addresses, " ",
                                    [](std::string* out, const IpPrefix& p) {
                                      absl::StrAppend(out, p.ToString());
                                    }));
}

std::vector<std::string> Describe(const std::vector<Bridge>& bridges) {
  std::vector<std::string> lines;
  lines.reserve(bridges.size());
  for (const Bridge& bridge : bridges) lines.push_back(Describe(bridge));
  return lines;
}

// Runs `ip -batch`, one command a line.
void RunBatch(const std::string& commands) {
  Shell(absl::StrCat("ip -batch - <<'END'\n", commands, "\nEND"));
}

class NetlinkBridgeMonitorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // The kernel's own link-local addresses come when they like.
    Shell("echo 1 > /proc/sys/net/ipv6/conf/default/addr_gen_mode");
    auto loop = EventLoop::Start("test");
    ASSERT_TRUE(loop.ok()) << loop.status();
    loop_ = *std::move(loop);
  }

  void TearDown() override {
    loop_->RunAndWait([&] { monitor_ = nullptr; });
    loop_ = nullptr;
    Shell(
        "for link in $(ip -o link | sed -n 's/^[0-9]*: \\([bv][a-z-]*[0-9]*\\)"
        "[:@].*/\\1/p'); do ip link del $link; done");
  }

  void Create(const NetlinkBridgeMonitorOptions& options = {}) {
    loop_->RunAndWait([&] {
      auto monitor = NetlinkBridgeMonitor::Create(loop_.get(), options);
      ASSERT_TRUE(monitor.ok()) << monitor.status();
      monitor_ = *std::move(monitor);
      Publish(0);
      monitor_->SetListener([this] { Publish(1); });
    });
  }

  void Publish(int calls) {
    absl::MutexLock lock(&mutex_);
    seen_ = monitor_->bridges();
    last_change_ = absl::Now();
    calls_ += calls;
  }

  // Keeps the loop from everything else until `go`.
  void Block(absl::Notification& go) {
    absl::Notification blocked;
    loop_->Post([&] {
      blocked.Notify();
      go.WaitForNotification();
    });
    blocked.WaitForNotification();
  }

  std::vector<std::string> Seen() {
    absl::MutexLock lock(&mutex_);
    return Describe(seen_);
  }

  int IndexOf(const std::string& name) {
    absl::MutexLock lock(&mutex_);
    for (const Bridge& bridge : seen_) {
      if (bridge.name == name) return bridge.index;
    }
    return 0;
  }

  int calls() {
    absl::MutexLock lock(&mutex_);
    return calls_;
  }

  // Waits until exactly these are there; prints how long after the call.
  absl::Duration ExpectSoon(const std::vector<std::string>& expected) {
    const absl::Time start = absl::Now();
    absl::MutexLock lock(&mutex_);
    const auto is_there = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return Describe(seen_) == expected;
    };
    mutex_.AwaitWithTimeout(absl::Condition(&is_there), kPatience);
    EXPECT_EQ(Describe(seen_), expected);
    const absl::Duration elapsed =
        std::max(last_change_ - start, absl::ZeroDuration());
    std::cout << "seen after " << elapsed << "\n";
    return elapsed;
  }

  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<NetlinkBridgeMonitor> monitor_;  // of the loop's thread
  absl::Mutex mutex_;
  std::vector<Bridge> seen_ ABSL_GUARDED_BY(mutex_);
  absl::Time last_change_ ABSL_GUARDED_BY(mutex_);
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST_F(NetlinkBridgeMonitorTest, BeginsWithWhatIsThere) {
  Shell("ip link add bn2 type bridge");
  Shell("ip link add bn1 type bridge");
  Shell("ip addr add 10.1.0.1/24 dev bn1");
  Shell("ip link set bn1 up");
  Shell("ip link add veth1 type veth peer name peer1");
  Create();
  EXPECT_THAT(Seen(), ElementsAre("bn1 up 10.1.0.1/24", "bn2 down"));
}

TEST_F(NetlinkBridgeMonitorTest, FollowsABridgeThroughItsLife) {
  Create();
  EXPECT_THAT(Seen(), IsEmpty());
  Shell("ip link add bn1 type bridge");
  ExpectSoon({"bn1 down"});
  Shell("ip addr add 10.1.0.1/24 dev bn1");
  ExpectSoon({"bn1 down 10.1.0.1/24"});
  Shell("ip link set bn1 up");
  ExpectSoon({"bn1 up 10.1.0.1/24"});
  Shell("ip addr add 10.1.0.2/24 dev bn1");
  ExpectSoon({"bn1 up 10.1.0.1/24 10.1.0.2/24"});
  Shell("ip addr add 10.9.0.1/16 dev bn1");
  ExpectSoon({"bn1 up 10.1.0.1/24 10.9.0.1/16 10.1.0.2/24"});
  Shell("ip addr flush dev bn1");
  ExpectSoon({"bn1 up"});
  Shell("ip addr add 10.7.0.1/24 dev bn1");
  ExpectSoon({"bn1 up 10.7.0.1/24"});
  Shell("ip link set bn1 down");
  ExpectSoon({"bn1 down 10.7.0.1/24"});
  const int index = IndexOf("bn1");
  Shell("ip link set bn1 name bn9");
  ExpectSoon({"bn9 down 10.7.0.1/24"});
  EXPECT_EQ(IndexOf("bn9"), index);
  Shell("ip link del bn9");
  ExpectSoon({});
  Shell("ip link add bn9 type bridge");
  ExpectSoon({"bn9 down"});
  EXPECT_NE(IndexOf("bn9"), index);
}

TEST_F(NetlinkBridgeMonitorTest, PortsThatComeAndGoChangeNothing) {
  RunBatch(
      "link add bn1 type bridge\n"
      "link add veth1 type veth peer name peer1\n"
      "link add veth2 type veth peer name peer2");
  Create();
  RunBatch(
      "link set veth1 master bn1\n"
      "link set veth1 up\n"
      "link set veth1 nomaster\n"
      "link set veth2 master bn1\n"
      "link del veth2\n"
      "link set bn1 up");
  ExpectSoon({"bn1 up"});
}

TEST_F(NetlinkBridgeMonitorTest, PatternsTakeAnyKindOfInterface) {
  RunBatch(
      "link add bn1 type bridge\n"
      "link add br-1 type bridge\n"
      "link add veth1 type veth peer name peer1");
  NetlinkBridgeMonitorOptions options;
  options.patterns = {"v*", "br-?", "lo"};
  Create(options);
  EXPECT_THAT(Seen(), ElementsAre("br-1 down", "veth1 down"));
  loop_->RunAndWait([&] { monitor_->SetPatterns({}); });
  ExpectSoon({"bn1 down", "br-1 down"});
  loop_->RunAndWait([&] { monitor_->SetPatterns({"none"}); });
  ExpectSoon({});
}

TEST_F(NetlinkBridgeMonitorTest, AnInterfaceMayMoveToAnotherNamespace) {
  NetlinkBridgeMonitorOptions options;
  options.patterns = {"veth*"};
  Create(options);
  Shell("ip link add veth1 type veth peer name peer1");
  ExpectSoon({"veth1 down"});
  Shell("ip netns add elsewhere");
  Shell("ip link set veth1 netns elsewhere");
  ExpectSoon({});
  Shell("ip netns del elsewhere");
}

TEST_F(NetlinkBridgeMonitorTest, Ipv6AddressesAppearWhenTheyCanBeUsed) {
  Create();
  RunBatch(
      "link add bn1 type bridge\n"
      "link set bn1 up\n"
      "addr add 10.1.0.1/24 dev bn1\n"
      "addr add fe80::1/64 dev bn1 nodad\n"
      "addr add fd00:1::1/64 dev bn1 nodad");
  ExpectSoon({"bn1 up 10.1.0.1/24 fd00:1::1/64 fe80::1/64"});
  Shell(
      "ip addr change fd00:1::1/64 dev bn1 preferred_lft 0 valid_lft forever");
  ExpectSoon({"bn1 up 10.1.0.1/24 fe80::1/64"});
  Shell(
      "ip addr change fd00:1::1/64 dev bn1 preferred_lft forever valid_lft "
      "forever");
  ExpectSoon({"bn1 up 10.1.0.1/24 fd00:1::1/64 fe80::1/64"});
  // RFC 4862 section 5.4: nobody else has it if none says so for a second.
  Shell("ip addr add fd00:1::2/64 dev bn1");
  EXPECT_GT(ExpectSoon({"bn1 up 10.1.0.1/24 fd00:1::1/64 fd00:1::2/64 "
                        "fe80::1/64"}),
            absl::Milliseconds(500));
  // The kernel takes IPv6 addresses off what is set down.
  Shell("ip link set bn1 down");
  ExpectSoon({"bn1 down 10.1.0.1/24"});
}

TEST_F(NetlinkBridgeMonitorTest, ABurstIsToldOfOnce) {
  Create();
  absl::Notification go;
  Block(go);
  RunBatch(
      "link add bn1 type bridge\n"
      "addr add 10.1.0.1/24 dev bn1\n"
      "addr add 10.2.0.1/24 dev bn1\n"
      "link set bn1 up\n"
      "link add bn2 type bridge");
  go.Notify();
  ExpectSoon({"bn1 up 10.1.0.1/24 10.2.0.1/24", "bn2 down"});
  EXPECT_EQ(calls(), 1);
}

TEST_F(NetlinkBridgeMonitorTest, ReadsEverythingAnewWhenTheKernelDropped) {
  NetlinkBridgeMonitorOptions options;
  options.receive_buffer_bytes = 8 * 1024;
  Create(options);
  absl::Notification go;
  Block(go);
  std::vector<std::string> commands;
  std::vector<std::string> expected;
  for (int i = 100; i < 160; ++i) {
    commands.push_back(absl::StrCat("link add bn", i, " type bridge"));
    commands.push_back(absl::StrCat("addr add 10.0.", i, ".1/24 dev bn", i));
    expected.push_back(absl::StrCat("bn", i, " down 10.0.", i, ".1/24"));
  }
  RunBatch(absl::StrJoin(commands, "\n"));
  go.Notify();
  ExpectSoon(expected);
  // The ninth column counts what the kernel dropped.
  EXPECT_NE(OutputOf("awk '$9 > 0 && $4 != \"00000000\"' /proc/net/netlink"),
            "");
  Shell("ip link del bn100");
  expected.erase(expected.begin());
  ExpectSoon(expected);
}

TEST_F(NetlinkBridgeMonitorTest, EndsWithNothingLeftOpen) {
  Create();
  loop_->RunAndWait([&] { monitor_ = nullptr; });
  const int before = CountOpenFds();
  for (int i = 0; i < 20; ++i) {
    Create();
    loop_->RunAndWait([&] { monitor_ = nullptr; });
  }
  EXPECT_EQ(CountOpenFds(), before);
}

// Whatever is done in whatever order, following it comes to what the kernel
// lists, in the kernel's order.
TEST_F(NetlinkBridgeMonitorTest, FollowingComesToWhatTheKernelLists) {
  Create();
  const unsigned seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  RunBatch("link add bn1 type bridge\nlink add bn2 type bridge");
  for (int round = 0; round < 20; ++round) {
    std::vector<std::string> commands;
    for (int i = 0; i < 30; ++i) {
      const std::string device = absl::StrCat("bn", 1 + random() % 2);
      const std::string address =
          absl::StrCat("10.", random() % 2, ".0.", 1 + random() % 4, "/24");
      const std::string scope = random() % 4 == 0 ? "link" : "global";
      switch (random() % 8) {
        case 0:
          commands.push_back(absl::StrCat("link set ", device, " up"));
          break;
        case 1:
          commands.push_back(absl::StrCat("link set ", device, " down"));
          break;
        case 2:
        case 3:
          commands.push_back(
              absl::StrCat("addr del ", address, " dev ", device));
          break;
        default:
          commands.push_back(absl::StrCat("addr add ", address, " dev ", device,
                                          " scope ", scope));
      }
    }
    Shell(absl::StrCat("echo ", random() % 2,
                       " > /proc/sys/net/ipv4/conf/all/promote_secondaries"));
    OutputOf(absl::StrCat("ip -force -batch - <<'END'\n",
                          absl::StrJoin(commands, "\n"), "\nEND"));
    std::vector<std::string> expected;
    for (const std::string device : {"bn1", "bn2"}) {
      const bool up =
          !OutputOf(absl::StrCat("ip -o link show ", device, " up")).empty();
      std::string line = absl::StrCat(device, up ? " up" : " down");
      std::istringstream addresses(OutputOf(absl::StrCat(
          "ip -o -4 addr show dev ", device, " | awk '{print $4}'")));
      for (std::string address; addresses >> address;) {
        absl::StrAppend(&line, " ", address);
      }
      expected.push_back(line);
    }
    ExpectSoon(expected);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace localstore::resolver

int main(int argc, char** argv) {
  localstore::resolver::EnterTestNamespace(argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
