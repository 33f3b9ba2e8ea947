// The whole resolver against real avahi-daemons, over bridges in a network
// namespace of the test's own.
#include "resolver/create_host_resolver.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "resolver/net/mdns_test_bed.h"
#include "resolver/net/test_namespace.h"
#include "resolver/net/unique_fd.h"

namespace localstore::resolver {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// An avahi-daemon needs about a second until it answers; the rest is against a
// hang only.
constexpr absl::Duration kPatience = absl::Seconds(30);

constexpr char kHost[] = "ubuntu-4321-http-server.local";
constexpr char kHostName[] = "ubuntu-4321-http-server";

// An avahi-daemon as an App's owner configures it.
class Avahi {
 public:
  struct Options {
    std::string netns;  // "": the device's
    std::string interface = "eth0";
    std::string host_name = kHostName;
    bool ipv6 = false;
  };

  explicit Avahi(const Options& options) {
    const std::string scratch = ::testing::TempDir();
    const std::string enter =
        options.netns.empty() ? "unshare -m"
                              : absl::StrCat("ip netns exec ", options.netns);
    // Only uid 0 exists here, and each daemon wants a /run of its own.
    const std::string output = OutputOf(absl::Substitute(
        "set -e\n"
        "cat > $0/avahi-$1.conf <<'END'\n"
        "[server]\n"
        "host-name=$1\n"
        "use-ipv4=yes\n"
        "use-ipv6=$2\n"
        "enable-dbus=no\n"
        "allow-interfaces=$3\n"
        "[wide-area]\n"
        "enable-wide-area=no\n"
        "[publish]\n"
        "publish-workstation=yes\n"
        "END\n"
        "sed 's/^avahi:x:[0-9]*:[0-9]*:/avahi:x:0:0:/' /etc/passwd > "
        "$0/passwd-$1\n"
        "sed 's/^avahi:x:[0-9]*:/avahi:x:0:/' /etc/group > $0/group-$1\n"
        "$4 sh -c '\n"
        "  mount --bind $0/passwd-$1 /etc/passwd &&\n"
        "  mount --bind $0/group-$1 /etc/group &&\n"
        "  mount -t tmpfs tmpfs /run &&\n"
        "  exec avahi-daemon --no-drop-root --no-chroot --no-rlimits "
        "--no-proc-title -f $0/avahi-$1.conf\n"
        "' > $0/avahi-$1.log 2>&1 < /dev/null &\n"
        "echo $$!\n",
        scratch, options.host_name, options.ipv6 ? "yes" : "no",
        options.interface, enter));
    EXPECT_TRUE(absl::SimpleAtoi(output, &pid_)) << output;
    log_ = absl::StrCat(scratch, "/avahi-", options.host_name, ".log");
  }

  ~Avahi() {
    if (::testing::Test::HasFailure()) std::cout << OutputOf("cat " + log_);
    // This process is the first of its namespace: it inherits what shells
    // leave.
    const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0U)));
    kill(pid_, SIGTERM);
    pollfd ended{process.get(), POLLIN, 0};
    if (!process.valid() || poll(&ended, 1, 5000) != 1) kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = 0;
  std::string log_;
};

Avahi::Options OnApp(int number, const std::string& host_name = kHostName) {
  Avahi::Options options;
  options.netns = absl::StrCat("app", number);
  options.host_name = host_name;
  return options;
}

bool Has(const Resolution& resolution, const std::string& address) {
  return std::any_of(
      resolution.endpoints.begin(), resolution.endpoints.end(),
      [&](const Endpoint& endpoint) { return endpoint.address == address; });
}

// A question for the IPv4 address of device.local (RFC 1035 section 4.1).
std::string DeviceQuery() {
  return std::string("\x12\x34\0\0\0\1\0\0\0\0\0\0\6device\5local\0\0\1\0\1",
                     30);
}

class CreateHostResolverTest : public ::testing::Test {
 protected:
  void TearDown() override {
    resolver_ = nullptr;
    for (const int number : {1, 2, 3}) RemoveBridgeWithApp(number);
  }

  void Create(const HostResolverConfig& config = {}) {
    auto resolver = CreateHostResolver(config);
    ASSERT_TRUE(resolver.ok()) << resolver.status();
    resolver_ = *std::move(resolver);
  }

  absl::StatusOr<Resolution> Resolve(const std::string& host,
                                     const ResolveOptions& options) {
    absl::Notification done;
    absl::StatusOr<Resolution> result = absl::UnknownError("not answered");
    resolver_->Resolve(host, options, [&](absl::StatusOr<Resolution> answer) {
      result = std::move(answer);
      done.Notify();
    });
    done.WaitForNotification();
    return result;
  }

  absl::StatusOr<Resolution> Find(const std::string& host,
                                  AddressFamily family = AddressFamily::kAny) {
    ResolveOptions options;
    options.timeout = kPatience;
    options.family = family;
    return Resolve(host, options);
  }

  // Asks until an answer pleases, or patience ends.
  absl::StatusOr<Resolution> FindUntil(
      const std::string& host,
      const std::function<bool(const Resolution&)>& pleases) {
    absl::Mutex mutex;
    bool changed = false;
    const auto watch = resolver_->WatchChanges([&] {
      const absl::MutexLock lock(&mutex);
      changed = true;
    });
    const absl::Time end = absl::Now() + kPatience;
    absl::StatusOr<Resolution> result = absl::UnknownError("not asked");
    while (absl::Now() < end) {
      result = Find(host);
      if (result.ok() && pleases(*result)) break;
      const absl::MutexLock lock(&mutex);
      mutex.AwaitWithDeadline(absl::Condition(&changed), end);
      changed = false;
    }
    resolver_->Cancel(watch);
    return result;
  }

  std::unique_ptr<HostResolver> resolver_;
};

TEST_F(CreateHostResolverTest, FindsTheHostItsBridgeAndTheWayThere) {
  MakeBridgeWithApp(1);
  MakeBridgeWithApp(2);
  const Avahi other(OnApp(1, "backup-ubuntu-4321-http-server"));
  const Avahi wanted(OnApp(2));
  Create();
  const auto found = Find("Ubuntu-4321-HTTP-Server.local.");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->host, kHost);
  // avahi-daemon tells its IPv6 addresses even if it does not use IPv6.
  const Endpoint& endpoint = found->endpoints.at(0);
  EXPECT_EQ(endpoint.address, "10.2.0.5");
  EXPECT_EQ(endpoint.bridge, "bn2");
  EXPECT_EQ(endpoint.bridge_index, BridgeWithApp(2).index);
  EXPECT_EQ(endpoint.source_address, "10.2.0.1");
  EXPECT_GT(endpoint.ttl, absl::ZeroDuration());
  EXPECT_THAT(found->bridges, SizeIs(2));
  EXPECT_FALSE(found->from_cache);
  std::cout << "found after " << found->elapsed << "\n";

  const auto again = Find(kHost);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->from_cache);
  std::cout << "again after " << again->elapsed << "\n";

  ResolveOptions anew;
  anew.timeout = kPatience;
  anew.bypass_cache = true;
  const auto asked = Resolve(kHost, anew);
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_FALSE(asked->from_cache);
  std::cout << "asked anew after " << asked->elapsed << "\n";
}

TEST_F(CreateHostResolverTest, AMissEndsAtItsTimeoutAndSaysWhoWasAsked) {
  MakeBridgeWithApp(1);
  const Avahi other(OnApp(1));
  Create();
  ASSERT_TRUE(Find(kHost).ok());
  ResolveOptions options;
  options.timeout = absl::Milliseconds(700);
  const absl::Time start = absl::Now();
  const auto missed = Resolve("nobody.local", options);
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(700));
  EXPECT_EQ(missed.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(missed.status()), v1::ERROR_REASON_HOST_NOT_FOUND);
  EXPECT_THAT(std::string(missed.status().message()), HasSubstr("bn1"));
  std::cout << missed.status().message() << "\n";
}

TEST_F(CreateHostResolverTest, FindsWhatComesWithABridgeMadeMeanwhile) {
  Create();
  const auto none = Resolve(kHost, {});
  EXPECT_EQ(ReasonOf(none.status()), v1::ERROR_REASON_NO_BRIDGE);

  absl::Notification appeared;
  const auto watch = resolver_->WatchChanges([&] {
    if (!appeared.HasBeenNotified()) appeared.Notify();
  });
  MakeBridgeWithApp(3);
  EXPECT_TRUE(appeared.WaitForNotificationWithTimeout(kPatience));
  resolver_->Cancel(watch);

  const Avahi avahi(OnApp(3));
  const auto found = Find(kHost);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->endpoints.at(0).address, "10.3.0.5");
  EXPECT_EQ(found->endpoints.at(0).bridge, "bn3");
}

TEST_F(CreateHostResolverTest, FollowsTheAppsAddressAndTheDevices) {
  MakeBridgeWithApp(1);
  const Avahi avahi(OnApp(1));
  Create();
  const auto before = Find(kHost);
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(before->endpoints.at(0).address, "10.1.0.5");

  Shell(
      "ip -n app1 addr del 10.1.0.5/24 dev eth0\n"
      "ip -n app1 addr add 10.1.0.55/24 dev eth0");
  const absl::Time changed = absl::Now();
  const auto after = FindUntil(kHost, [](const Resolution& resolution) {
    return !Has(resolution, "10.1.0.5") && Has(resolution, "10.1.0.55");
  });
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->endpoints.at(0).address, "10.1.0.55");
  EXPECT_FALSE(Has(*after, "10.1.0.5"));
  std::cout << "new address after " << absl::Now() - changed << "\n";

  Shell(
      "ip addr del 10.1.0.1/24 dev bn1\n"
      "ip addr add 10.1.0.9/24 dev bn1");
  const auto moved = FindUntil(kHost, [](const Resolution& resolution) {
    return resolution.endpoints[0].source_address == "10.1.0.9";
  });
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(moved->endpoints.at(0).source_address, "10.1.0.9");
}

TEST_F(CreateHostResolverTest, FindsOverIpv6) {
  MakeBridgeWithApp(1);
  Avahi::Options options = OnApp(1);
  options.ipv6 = true;
  const Avahi avahi(options);
  Create();
  const auto found = Find(kHost, AddressFamily::kIpv6);
  ASSERT_TRUE(found.ok()) << found.status();
  const Endpoint& endpoint = found->endpoints.at(0);
  const bool global = endpoint.address == "fd00:1::5";
  EXPECT_TRUE(global || endpoint.address == "fe80::1:5") << endpoint.address;
  EXPECT_EQ(endpoint.source_address, global ? "fd00:1::1" : "fe80::1:1");
}

TEST_F(CreateHostResolverTest, LivesBesideAnAvahiDaemonOnTheDevice) {
  MakeBridgeWithApp(1);
  Avahi::Options own;
  own.interface = "bn1";
  own.host_name = "device";
  const Avahi on_device(own);
  const Avahi on_app(OnApp(1));
  Create();
  const auto found = Find(kHost);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->endpoints.at(0).address, "10.1.0.5");
  // What an App asks the device's daemon by unicast is still the daemon's.
  Peer::Options client;
  client.netns = "app1";
  client.interface = "eth0";
  client.family = AF_INET;
  client.port = 0;
  Peer app(client);
  absl::optional<Heard> answer;
  // The daemon is silent until it has made sure of its name.
  for (int i = 0; i < 30 && !answer; ++i) {
    app.SendTo(DeviceQuery(), "10.1.0.1", 5353);
    answer = app.Receive(absl::Seconds(1));
  }
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->payload, HasSubstr(std::string("\x0a\1\0\1", 4)));
  // It answers us as well, with an address that is this device's own.
  ResolveOptions options;
  options.family = AddressFamily::kIpv4;
  const auto device = Resolve("device.local", options);
  EXPECT_FALSE(device.ok());
  std::cout << device.status().message() << "\n";
}

TEST_F(CreateHostResolverTest, EndsWithWhatIsUnderWayAndLeavesNothingOpen) {
  MakeBridgeWithApp(1);
  Create();
  resolver_ = nullptr;
  const int before = CountOpenFds();
  for (int i = 0; i < 50; ++i) {
    Create();
    resolver_->Resolve("nobody.local", {}, [](const auto&) {});
    resolver_->Browse(
        {}, [](const BrowseEvent&) {}, [](const auto&) {});
    EXPECT_THAT(resolver_->Bridges(), SizeIs(1));
    resolver_ = nullptr;
  }
  EXPECT_EQ(CountOpenFds(), before);
}

TEST_F(CreateHostResolverTest, TheConfiguredPatternsSelect) {
  MakeBridgeWithApp(1);
  MakeBridgeWithApp(2);
  HostResolverConfig config;
  config.bridge_patterns = {"bn2"};
  Create(config);
  const std::vector<BridgeState> bridges = resolver_->Bridges();
  ASSERT_THAT(bridges, SizeIs(1));
  EXPECT_EQ(bridges[0].name, "bn2");
  EXPECT_TRUE(bridges[0].up);
  EXPECT_EQ(bridges[0].problem, "");
  EXPECT_THAT(
      bridges[0].addresses,
      ::testing::ElementsAre("10.2.0.1/24", "fd00:2::1/64", "fe80::2:1/64"));
}

}  // namespace
}  // namespace localstore::resolver

int main(int argc, char** argv) {
  localstore::resolver::EnterTestNamespace(argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
