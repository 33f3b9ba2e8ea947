// Over real bridges, in a network namespace of the test's own.
#include "resolver/net/socket_mdns_transport.h"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "resolver/net/mdns_test_bed.h"
#include "resolver/net/test_namespace.h"

namespace localstore::resolver {
namespace {

using ::testing::HasSubstr;

// Against a hang only.
constexpr absl::Duration kPatience = absl::Seconds(20);

// A datagram that owns its payload.
struct Arrived {
  Datagram datagram;
  std::string payload;
};

absl::Span<const uint8_t> ToBytes(const std::string& text) {
  return absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(text.data()),
                             text.size());
}

class SocketMdnsTransportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    MakeBridgeWithApp(1);
    MakeBridgeWithApp(2);
    auto loop = EventLoop::Start("test");
    ASSERT_TRUE(loop.ok()) << loop.status();
    loop_ = *std::move(loop);
    OnLoop([&] {
      transport_ = std::make_unique<SocketMdnsTransport>(loop_.get());
      transport_->SetReceiver([this](const Datagram& datagram) {
        if (before_delivery_) before_delivery_(datagram);
        absl::MutexLock lock(&mutex_);
        Arrived arrived{datagram, std::string(datagram.payload.begin(),
                                              datagram.payload.end())};
        arrived.datagram.payload = {};
        arrived_.push_back(std::move(arrived));
      });
    });
  }

  void TearDown() override {
    OnLoop([&] { transport_ = nullptr; });
    loop_ = nullptr;
    RemoveBridgeWithApp(1);
    RemoveBridgeWithApp(2);
  }

  void OnLoop(const std::function<void()>& task) { loop_->RunAndWait(task); }

  absl::Status Open(const Bridge& bridge) {
    absl::Status status;
    OnLoop([&] { status = transport_->Open(bridge); });
    return status;
  }

  absl::Status Send(const Bridge& bridge, IpFamily family, Channel channel,
                    const std::string& payload) {
    absl::Status status;
    OnLoop([&] {
      status =
          transport_->Send(bridge.index, family, channel, ToBytes(payload));
    });
    return status;
  }

  bool IsOpen(const Bridge& bridge, IpFamily family) {
    bool open = false;
    OnLoop([&] { open = transport_->IsOpen(bridge.index, family); });
    return open;
  }

  // The next datagram; fails the test when none comes.
  Arrived Next() {
    absl::MutexLock lock(&mutex_);
    const auto some = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return !arrived_.empty();
    };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&some), kPatience)) {
      ADD_FAILURE() << "nothing arrived";
      return {};
    }
    Arrived arrived = std::move(arrived_.front());
    arrived_.pop_front();
    return arrived;
  }

  // What has arrived before the loop's next turn is counted.
  size_t CountArrived() {
    OnLoop([] {});
    absl::MutexLock lock(&mutex_);
    return arrived_.size();
  }

  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<SocketMdnsTransport> transport_;  // of the loop's thread
  std::function<void(const Datagram&)> before_delivery_;
  absl::Mutex mutex_;
  std::deque<Arrived> arrived_ ABSL_GUARDED_BY(mutex_);
};

Peer::Options AppOf(int number, int family) {
  Peer::Options options;
  options.netns = absl::StrCat("app", number);
  options.interface = "eth0";
  options.family = family;
  return options;
}

Peer::Options OnDevice(const std::string& interface, int family) {
  Peer::Options options;
  options.interface = interface;
  options.family = family;
  return options;
}

struct FamilyCase {
  IpFamily family;
  int native;
  std::string device1, app1, app2;  // the addresses that are used
  std::string group;

  friend std::ostream& operator<<(std::ostream& out, const FamilyCase& c) {
    return out << c.group;
  }
};

class SocketMdnsTransportFamilyTest
    : public SocketMdnsTransportTest,
      public ::testing::WithParamInterface<FamilyCase> {
 protected:
  static IpFamily family() { return GetParam().family; }
  static int native() { return GetParam().native; }
};

INSTANTIATE_TEST_SUITE_P(
    Families, SocketMdnsTransportFamilyTest,
    ::testing::Values(FamilyCase{IpFamily::kIpv4, AF_INET, "10.1.0.1",
                                 "10.1.0.5", "10.2.0.5", "224.0.0.251"},
                      FamilyCase{IpFamily::kIpv6, AF_INET6, "fe80::1:1",
                                 "fe80::1:5", "fe80::2:5", "ff02::fb"}),
    [](const auto& info) {
      return info.param.native == AF_INET ? "Ipv4" : "Ipv6";
    });

TEST_P(SocketMdnsTransportFamilyTest,
       Section5Dot2QueriesComeFrom5353OfTheBridge) {
  const Bridge bn1 = BridgeWithApp(1);
  ASSERT_TRUE(Open(bn1).ok());
  EXPECT_TRUE(IsOpen(bn1, family()));
  Peer app(AppOf(1, native()));
  Peer other_app(AppOf(2, native()));
  ASSERT_TRUE(Send(bn1, family(), Channel::kMulticast, "query").ok());
  const auto heard = app.Receive();
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->payload, "query");
  EXPECT_EQ(heard->source, GetParam().device1);
  EXPECT_EQ(heard->port, kMdnsPort);
  EXPECT_EQ(heard->ttl, 255);
  EXPECT_FALSE(other_app.Receive(absl::Milliseconds(50)));
}

TEST_P(SocketMdnsTransportFamilyTest, HearsMulticastOfEachBridgeAsThatBridges) {
  const Bridge bn1 = BridgeWithApp(1);
  const Bridge bn2 = BridgeWithApp(2);
  ASSERT_TRUE(Open(bn1).ok());
  ASSERT_TRUE(Open(bn2).ok());
  Peer app1(AppOf(1, native()));
  Peer app2(AppOf(2, native()));
  app1.SendToGroup("one");
  const Arrived one = Next();
  app2.SendToGroup("two");
  const Arrived two = Next();
  EXPECT_EQ(one.payload, "one");
  EXPECT_EQ(one.datagram.bridge_index, bn1.index);
  EXPECT_EQ(one.datagram.arrival_index, bn1.index);
  EXPECT_EQ(one.datagram.channel, Channel::kMulticast);
  EXPECT_EQ(one.datagram.family, family());
  EXPECT_EQ(one.datagram.source.ToString(), GetParam().app1);
  EXPECT_EQ(one.datagram.source_port, kMdnsPort);
  EXPECT_EQ(one.datagram.destination.ToString(), GetParam().group);
  EXPECT_FALSE(one.datagram.truncated);
  EXPECT_EQ(two.payload, "two");
  EXPECT_EQ(two.datagram.bridge_index, bn2.index);
  EXPECT_EQ(two.datagram.source.ToString(), GetParam().app2);
  EXPECT_EQ(CountArrived(), 0u);
}

TEST_P(SocketMdnsTransportFamilyTest, Section11AnAnswerWithoutTtl255IsTaken) {
  const Bridge bn1 = BridgeWithApp(1);
  ASSERT_TRUE(Open(bn1).ok());
  Peer app(AppOf(1, native()));
  ASSERT_TRUE(Send(bn1, family(), Channel::kUnicast, "query").ok());
  const auto heard = app.Receive();
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->source, GetParam().device1);
  EXPECT_NE(heard->port, kMdnsPort);
  EXPECT_EQ(heard->ttl, 255);
  // With the system's own TTL, which is 64, as many responders do.
  app.SendTo("answer", heard->source, heard->port);
  const Arrived arrived = Next();
  EXPECT_EQ(arrived.payload, "answer");
  EXPECT_EQ(arrived.datagram.channel, Channel::kUnicast);
  EXPECT_EQ(arrived.datagram.bridge_index, bn1.index);
  EXPECT_EQ(arrived.datagram.arrival_index, bn1.index);
  EXPECT_EQ(arrived.datagram.source.ToString(), GetParam().app1);
  EXPECT_EQ(arrived.datagram.destination.ToString(), GetParam().device1);
}

// RFC 6762 section 15: another program answers on the device as well.
TEST_P(SocketMdnsTransportFamilyTest,
       Section15TakesNoUnicastFromAnotherProgram) {
  Peer avahi(OnDevice("bn1", native()));
  ASSERT_TRUE(Open(BridgeWithApp(1)).ok());
  Peer later(OnDevice("bn1", native()));
  Peer app(AppOf(1, native()));
  for (int i = 0; i < 20; ++i) {
    app.SendTo("unicast", GetParam().device1, kMdnsPort);
  }
  // The kernel gives each to one of the two.
  int heard = 0;
  while (heard < 20) {
    if (!avahi.Receive(absl::ZeroDuration()) &&
        !later.Receive(absl::Milliseconds(500))) {
      break;
    }
    ++heard;
  }
  EXPECT_EQ(heard, 20);
  EXPECT_EQ(CountArrived(), 0u);
}

TEST_P(SocketMdnsTransportFamilyTest, AResponderOfTheDeviceIsAskedAndHeard) {
  const Bridge bn1 = BridgeWithApp(1);
  ASSERT_TRUE(Open(bn1).ok());
  Peer responder(OnDevice("bn1", native()));
  for (const Channel channel : {Channel::kMulticast, Channel::kUnicast}) {
    ASSERT_TRUE(Send(bn1, family(), channel, "query").ok());
    const auto heard = responder.Receive();
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->payload, "query");
  }
  // Our own queries, which came back just as well, are not among what arrives.
  responder.SendToGroup("answer");
  EXPECT_EQ(Next().payload, "answer");
  EXPECT_EQ(CountArrived(), 0u);
}

TEST_P(SocketMdnsTransportFamilyTest, WhatRepeatsOurWordsIsHeard) {
  const Bridge bn1 = BridgeWithApp(1);
  ASSERT_TRUE(Open(bn1).ok());
  Peer app(AppOf(1, native()));
  ASSERT_TRUE(Send(bn1, family(), Channel::kMulticast, "query").ok());
  app.SendToGroup("query");
  EXPECT_EQ(Next().datagram.source.ToString(), GetParam().app1);
}

TEST_P(SocketMdnsTransportFamilyTest, TellsOfWhatIsTooLong) {
  ASSERT_TRUE(Open(BridgeWithApp(1)).ok());
  Peer app(AppOf(1, native()));
  app.SendToGroup(std::string(9000, 'x'));
  const Arrived fits = Next();
  EXPECT_EQ(fits.payload.size(), 9000u);
  EXPECT_FALSE(fits.datagram.truncated);
  app.SendToGroup(std::string(9001, 'x'));
  const Arrived longer = Next();
  EXPECT_EQ(longer.payload.size(), 9000u);
  EXPECT_TRUE(longer.datagram.truncated);
  app.SendToGroup("");
  EXPECT_EQ(Next().payload, "");
}

TEST_P(SocketMdnsTransportFamilyTest, GoesOnAfterTheBridgeWasDown) {
  Bridge bn1 = BridgeWithApp(1);
  ASSERT_TRUE(Open(bn1).ok());
  Shell("ip link set bn1 down");
  bn1.up = false;
  EXPECT_EQ(Send(bn1, family(), Channel::kMulticast, "query").code(),
            absl::StatusCode::kUnavailable);
  Shell(
      "ip link set bn1 up\n"
      "ip addr replace fe80::1:1/64 dev bn1 nodad\n"
      "ip addr replace fd00:1::1/64 dev bn1 nodad");
  WaitUntilForwarding(1);
  // With what stayed open and with what is opened anew.
  Peer app(AppOf(1, native()));
  app.SendToGroup("before");
  EXPECT_EQ(Next().payload, "before");
  bn1.up = true;
  ASSERT_TRUE(Open(bn1).ok());
  app.SendToGroup("after");
  EXPECT_EQ(Next().payload, "after");
  ASSERT_TRUE(Send(bn1, family(), Channel::kMulticast, "query").ok());
  const auto heard = app.Receive();
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->source, GetParam().device1);
  EXPECT_EQ(CountArrived(), 0u);
}

TEST_F(SocketMdnsTransportTest, FollowsAnAddressThatChanges) {
  ASSERT_TRUE(Open(DescribeBridge("bn1", {"10.1.0.1/24"})).ok());
  Shell(
      "ip addr flush dev bn1\n"
      "ip addr add 10.7.0.1/24 dev bn1\n"
      "ip -n app1 addr add 10.7.0.5/24 dev eth0");
  const Bridge changed = DescribeBridge("bn1", {"10.7.0.1/24"});
  ASSERT_TRUE(Open(changed).ok());
  Peer app(AppOf(1, AF_INET));
  for (const Channel channel : {Channel::kMulticast, Channel::kUnicast}) {
    ASSERT_TRUE(Send(changed, IpFamily::kIpv4, channel, "query").ok());
    const auto heard = app.Receive();
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->source, "10.7.0.1");
  }
  app.SendToGroup("answer");
  EXPECT_EQ(Next().payload, "answer");
}

TEST_F(SocketMdnsTransportTest, FollowsABridgeThatIsRenamed) {
  Bridge bridge = BridgeWithApp(1);
  ASSERT_TRUE(Open(bridge).ok());
  Shell("ip link set bn1 down; ip link set bn1 name bn9; ip link set bn9 up");
  WaitUntilForwarding(1);
  ASSERT_TRUE(Open(DescribeBridge("bn9", {"10.1.0.1/24"})).ok());
  Peer app(AppOf(1, AF_INET));
  app.SendToGroup("answer");
  const Arrived arrived = Next();
  EXPECT_EQ(arrived.payload, "answer");
  EXPECT_EQ(arrived.datagram.bridge_index, bridge.index);
  Shell("ip link set bn9 down; ip link set bn9 name bn1");
}

TEST_F(SocketMdnsTransportTest, OpensTheFamiliesThatHaveAnAddress) {
  const Bridge both = BridgeWithApp(1);
  const Bridge ipv4 = DescribeBridge("bn1", {"10.1.0.1/24"});
  const Bridge none = DescribeBridge("bn1", {});
  ASSERT_TRUE(Open(ipv4).ok());
  EXPECT_TRUE(IsOpen(both, IpFamily::kIpv4));
  EXPECT_FALSE(IsOpen(both, IpFamily::kIpv6));
  EXPECT_EQ(Send(both, IpFamily::kIpv6, Channel::kMulticast, "q").code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(Open(both).ok());
  EXPECT_TRUE(IsOpen(both, IpFamily::kIpv6));
  ASSERT_TRUE(Open(none).ok());
  EXPECT_FALSE(IsOpen(both, IpFamily::kIpv4));
  EXPECT_FALSE(IsOpen(both, IpFamily::kIpv6));
}

TEST_F(SocketMdnsTransportTest, WithoutALinkLocalAddressTheGlobalOneAsks) {
  Shell("ip addr del fe80::1:1/64 dev bn1");
  const Bridge bn1 = DescribeBridge("bn1", {"fd00:1::1/64"});
  ASSERT_TRUE(Open(bn1).ok());
  Peer app(AppOf(1, AF_INET6));
  for (const Channel channel : {Channel::kMulticast, Channel::kUnicast}) {
    ASSERT_TRUE(Send(bn1, IpFamily::kIpv6, channel, "query").ok());
    const auto heard = app.Receive();
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->source, "fd00:1::1");
  }
}

TEST_F(SocketMdnsTransportTest, EachBridgeAndFamilyAsksFromAPortOfItsOwn) {
  std::vector<uint16_t> ports;
  for (const int number : {1, 2}) {
    const Bridge bridge = BridgeWithApp(number);
    ASSERT_TRUE(Open(bridge).ok());
    for (const int native : {AF_INET, AF_INET6}) {
      const IpFamily family =
          native == AF_INET ? IpFamily::kIpv4 : IpFamily::kIpv6;
      Peer app(AppOf(number, native));
      ASSERT_TRUE(Send(bridge, family, Channel::kUnicast, "query").ok());
      const auto heard = app.Receive();
      ASSERT_TRUE(heard);
      ports.push_back(heard->port);
    }
  }
  // The kernel draws them; four equal ones would be no draw.
  EXPECT_NE(std::vector<uint16_t>(4, ports[0]), ports);
}

TEST_F(SocketMdnsTransportTest, AnErrorSaysWhatToChangeAndLeavesTheRestOpen) {
  Peer::Options alone = OnDevice("bn1", AF_INET);
  alone.share_port = false;
  const Bridge bn1 = BridgeWithApp(1);
  {
    const Peer greedy(alone);
    const absl::Status status = Open(bn1);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_NO_BRIDGE);
    EXPECT_EQ(MetadataOf(status, "bridge"), "bn1");
    EXPECT_THAT(std::string(status.message()), HasSubstr("bridge bn1"));
    EXPECT_THAT(std::string(status.message()), HasSubstr("ss -ulpn"));
    std::cout << status.message() << "\n";
    EXPECT_TRUE(IsOpen(bn1, IpFamily::kIpv6));
    EXPECT_EQ(Send(bn1, IpFamily::kIpv4, Channel::kMulticast, "q").code(),
              absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(Send(bn1, IpFamily::kIpv4, Channel::kUnicast, "q").ok());
  }
  EXPECT_TRUE(Open(bn1).ok());
  EXPECT_TRUE(Send(bn1, IpFamily::kIpv4, Channel::kMulticast, "q").ok());
}

TEST_F(SocketMdnsTransportTest, ABridgeThatIsGoneIsAnError) {
  Bridge gone = DescribeBridge("bn7", {"10.7.0.1/24", "fe80::7/64"});
  gone.index = 4711;
  const absl::Status status = Open(gone);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("bn7"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("SO_BINDTODEVICE"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("IPv6"));
  EXPECT_FALSE(IsOpen(gone, IpFamily::kIpv4));
  // Another interface has the name by now.
  Bridge other = BridgeWithApp(1);
  other.index = BridgeWithApp(2).index;
  EXPECT_FALSE(Open(other).ok());
}

TEST_F(SocketMdnsTransportTest, TheReceiverMayCloseWhatItReceivesFrom) {
  const Bridge bn1 = BridgeWithApp(1);
  ASSERT_TRUE(Open(bn1).ok());
  before_delivery_ = [&](const Datagram&) {
    transport_->Close(bn1.index);
    EXPECT_TRUE(transport_->Open(bn1).ok());
    transport_->Close(bn1.index);
  };
  Peer app(AppOf(1, AF_INET));
  absl::Notification blocked;
  absl::Notification go;
  loop_->Post([&] {
    blocked.Notify();
    go.WaitForNotification();
  });
  blocked.WaitForNotification();
  for (int i = 0; i < 5; ++i) app.SendToGroup("answer");
  go.Notify();
  EXPECT_EQ(Next().payload, "answer");
  EXPECT_EQ(CountArrived(), 0u);
  EXPECT_FALSE(IsOpen(bn1, IpFamily::kIpv4));
}

TEST_F(SocketMdnsTransportTest, OpenAndCloseLeakNothing) {
  const Bridge bn1 = BridgeWithApp(1);
  const Bridge ipv4 = DescribeBridge("bn1", {"10.1.0.1/24"});
  const int before = CountOpenFds();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(Open(bn1).ok());
    ASSERT_TRUE(Open(bn1).ok());
    ASSERT_EQ(CountOpenFds(), before + 4);
    ASSERT_TRUE(Open(ipv4).ok());
    ASSERT_EQ(CountOpenFds(), before + 2);
    OnLoop([&] { transport_->Close(bn1.index); });
    ASSERT_EQ(CountOpenFds(), before);
  }
  ASSERT_TRUE(Open(bn1).ok());
  OnLoop([&] { transport_ = nullptr; });
  EXPECT_EQ(CountOpenFds(), before);
}

// More than net.ipv4.igmp_max_memberships (20) allows a single socket.
TEST_F(SocketMdnsTransportTest, OpensAnyNumberOfBridges) {
  std::vector<Bridge> bridges;
  for (int i = 100; i < 140; ++i) {
    Shell(absl::StrCat("ip link add bn", i, " type bridge\nip addr add 10.9.",
                       i, ".1/24 dev bn", i, "\nip link set bn", i, " up"));
    bridges.push_back(DescribeBridge(absl::StrCat("bn", i),
                                     {absl::StrCat("10.9.", i, ".1/24")}));
    EXPECT_TRUE(Open(bridges.back()).ok());
  }
  for (const Bridge& bridge : bridges) {
    OnLoop([&] { transport_->Close(bridge.index); });
    Shell("ip link del " + bridge.name);
  }
}

TEST_F(SocketMdnsTransportTest, AFloodOnOneBridgeLeavesTheOther) {
  const Bridge bn1 = BridgeWithApp(1);
  const Bridge bn2 = BridgeWithApp(2);
  ASSERT_TRUE(Open(bn1).ok());
  ASSERT_TRUE(Open(bn2).ok());
  constexpr int kAnswers = 500;
  std::atomic<bool> stop{false};
  std::atomic<int> sent{0};
  std::atomic<int> flood_read{0};
  before_delivery_ = [&](const Datagram& datagram) {
    if (datagram.bridge_index == bn1.index) ++flood_read;
  };
  std::thread flood([&] {
    Peer app(AppOf(1, AF_INET));
    const std::string payload(400, 'x');
    while (!stop) {
      app.SendToGroup(payload);
      ++sent;
    }
  });
  while (sent < 1000) std::this_thread::yield();
  Peer app(AppOf(2, AF_INET));
  const absl::Time start = absl::Now();
  absl::Duration slowest;
  for (int i = 0; i < kAnswers; ++i) {
    const absl::Time asked = absl::Now();
    const std::string answer = absl::StrCat("answer ", i);
    ASSERT_TRUE(Send(bn2, IpFamily::kIpv4, Channel::kMulticast, "query").ok());
    ASSERT_TRUE(app.Receive());
    app.SendToGroup(answer);
    Arrived arrived;
    do {
      arrived = Next();
    } while (arrived.datagram.bridge_index == bn1.index);
    ASSERT_EQ(arrived.payload, answer);
    slowest = std::max(slowest, absl::Now() - asked);
  }
  const absl::Duration elapsed = absl::Now() - start;
  stop = true;
  flood.join();
  OnLoop([] {});
  std::cout << "flood of " << sent << " datagrams, " << flood_read
            << " read, the kernel dropped the rest; meanwhile " << kAnswers
            << " answers on the other bridge in " << elapsed
            << ", the slowest in " << slowest << "\n";
}

}  // namespace
}  // namespace localstore::resolver

int main(int argc, char** argv) {
  localstore::resolver::EnterTestNamespace(argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
