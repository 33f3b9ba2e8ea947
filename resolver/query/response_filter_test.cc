#include "resolver/query/response_filter.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "resolver/testing/fake_bridge_monitor.h"
#include "resolver/testing/fake_mdns_transport.h"
#include "resolver/testing/records.h"

namespace localstore::resolver {
namespace {

class ResponseFilterTest : public ::testing::Test {
 protected:
  static Datagram Unicast(const std::string& source) {
    Datagram datagram = FakeMdnsTransport::MulticastFrom(3, Ip(source));
    datagram.channel = Channel::kUnicast;
    datagram.destination = Ip("10.1.0.1");
    return datagram;
  }
  absl::optional<Rejection> Check(const Datagram& datagram) const {
    return CheckDatagram(datagram, bridge_, own_);
  }
  absl::optional<Rejection> CheckAddress(const std::string& address) const {
    return resolver::CheckAddress(Ip(address), bridge_, own_);
  }

  const Bridge bridge_ = MakeBridge(
      3, "bn1", {"10.1.0.1/24", "10.1.7.1/16", "fd00:1::1/64", "fe80::1/64"});
  const OwnAddresses own_ = {Ip("10.1.0.1"), Ip("10.1.7.1"), Ip("fd00:1::1"),
                             Ip("fe80::1"),  Ip("10.2.0.1"), Ip("10.1.0.77")};
};

TEST_F(ResponseFilterTest, TakesWhatAppsOnTheBridgeMulticast) {
  for (const char* source : {"10.1.0.5", "fe80::5", "fd00:1::5"}) {
    EXPECT_EQ(Check(FakeMdnsTransport::MulticastFrom(3, Ip(source))),
              absl::nullopt)
        << source;
  }
}

TEST_F(ResponseFilterTest, Section6ResponsesComeFromPort5353) {
  Datagram datagram = FakeMdnsTransport::MulticastFrom(3, Ip("10.1.0.5"));
  datagram.source_port = 5354;
  EXPECT_EQ(Check(datagram), Rejection::kWrongSourcePort);
}

TEST_F(ResponseFilterTest, TheInterfaceOfArrivalIsTheBridge) {
  Datagram datagram = FakeMdnsTransport::MulticastFrom(3, Ip("10.1.0.5"));
  datagram.arrival_index = 4;
  EXPECT_EQ(Check(datagram), Rejection::kWrongInterface);
}

TEST_F(ResponseFilterTest, WhatThisDeviceSendsIsNoAnswer) {
  for (const char* source : {"10.1.0.1", "10.2.0.1", "fe80::1"}) {
    EXPECT_EQ(Check(FakeMdnsTransport::MulticastFrom(3, Ip(source))),
              Rejection::kThisDevice)
        << source;
  }
}

TEST_F(ResponseFilterTest, Section17DatagramsHaveNoMoreThan9000Bytes) {
  Datagram datagram = FakeMdnsTransport::MulticastFrom(3, Ip("10.1.0.5"));
  datagram.truncated = true;
  EXPECT_EQ(Check(datagram), Rejection::kTooLarge);
}

TEST_F(ResponseFilterTest, Section11UnicastComesFromTheBridgesNetworks) {
  EXPECT_EQ(Check(Unicast("10.1.0.5")), absl::nullopt);
  EXPECT_EQ(Check(Unicast("10.1.200.5")), absl::nullopt);
  EXPECT_EQ(Check(Unicast("fe80::5")), absl::nullopt);
  EXPECT_EQ(Check(Unicast("fd00:1::5")), absl::nullopt);
  EXPECT_EQ(Check(Unicast("10.2.0.5")), Rejection::kOffLinkSource);
  EXPECT_EQ(Check(Unicast("8.8.8.8")), Rejection::kOffLinkSource);
  EXPECT_EQ(Check(Unicast("fd00:2::5")), Rejection::kOffLinkSource);
  EXPECT_EQ(Check(Unicast("169.254.1.1")), Rejection::kOffLinkSource);
}

TEST_F(ResponseFilterTest, Section11MulticastWasSentOnTheLink) {
  EXPECT_EQ(Check(FakeMdnsTransport::MulticastFrom(3, Ip("192.168.9.9"))),
            absl::nullopt);
}

TEST_F(ResponseFilterTest, SourcesThatCannotBeAreRefused) {
  for (const char* source :
       {"0.0.0.0", "127.0.0.1", "224.0.0.251", "255.255.255.255", "::1",
        "ff02::fb", "::ffff:10.1.0.5", "::"}) {
    EXPECT_EQ(Check(FakeMdnsTransport::MulticastFrom(3, Ip(source))),
              Rejection::kOffLinkSource)
        << source;
  }
}

TEST_F(ResponseFilterTest, Section6UnicastToTheMulticastSocketIsUnsolicited) {
  Datagram datagram = FakeMdnsTransport::MulticastFrom(3, Ip("10.1.0.5"));
  datagram.destination = Ip("10.1.0.1");
  EXPECT_EQ(Check(datagram), Rejection::kUnsolicitedUnicast);
}

TEST_F(ResponseFilterTest, Section18OpcodeAndResponseCodeAreZero) {
  dns::Message message = Response({});
  EXPECT_EQ(CheckHeader(message), absl::nullopt);
  message.opcode = 5;
  EXPECT_EQ(CheckHeader(message), Rejection::kWrongOpcode);
  message.opcode = 0;
  message.rcode = 3;
  EXPECT_EQ(CheckHeader(message), Rejection::kErrorCode);
}

TEST_F(ResponseFilterTest, AddressesMustLieInTheBridgesNetworks) {
  for (const char* address :
       {"10.1.0.5", "10.1.9.9", "fe80::5", "fd00:1::5", "fe80:1::5"}) {
    EXPECT_EQ(CheckAddress(address), absl::nullopt) << address;
  }
  for (const char* address : {"10.2.0.5", "192.168.0.1", "8.8.8.8",
                              "169.254.7.7", "fd00:2::5", "2001:db8::1"}) {
    EXPECT_EQ(CheckAddress(address), Rejection::kAddressOffLink) << address;
  }
}

TEST_F(ResponseFilterTest, AddressesThatAreNoHostsAreRefused) {
  const struct {
    const char* address;
    Rejection rejection;
  } cases[] = {
      {"0.0.0.0", Rejection::kAddressUnspecified},
      {"::", Rejection::kAddressUnspecified},
      {"127.0.0.1", Rejection::kAddressLoopback},
      {"::1", Rejection::kAddressLoopback},
      {"224.0.0.251", Rejection::kAddressMulticast},
      {"ff02::fb", Rejection::kAddressMulticast},
      {"255.255.255.255", Rejection::kAddressBroadcast},
      {"::ffff:10.1.0.5", Rejection::kAddressV4Mapped},
      {"10.1.0.1", Rejection::kAddressOfThisDevice},
      {"10.1.0.77", Rejection::kAddressOfThisDevice},  // of another bridge
      {"fe80::1", Rejection::kAddressOfThisDevice},
      {"10.1.0.0", Rejection::kAddressOfNetwork},
      {"10.1.0.255", Rejection::kAddressOfNetwork},
      {"10.1.255.255", Rejection::kAddressOfNetwork},
      {"fd00:1::", Rejection::kAddressOfNetwork},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(CheckAddress(c.address), c.rejection) << c.address;
  }
}

TEST_F(ResponseFilterTest, APointToPointNetworkHasNoAddressOfItsOwn) {
  const Bridge bridge = MakeBridge(1, "bn1", {"10.9.0.0/31"});
  EXPECT_EQ(resolver::CheckAddress(Ip("10.9.0.1"), bridge, {Ip("10.9.0.0")}),
            absl::nullopt);
}

TEST_F(ResponseFilterTest, WithoutLinkLocalAddressNoneIsReached) {
  const Bridge bridge = MakeBridge(1, "bn1", {"10.9.0.1/24", "fd00::1/64"});
  EXPECT_EQ(resolver::CheckAddress(Ip("fe80::5"), bridge, {}),
            Rejection::kAddressOffLink);
}

TEST_F(ResponseFilterTest, TheSourceIsTheOwnAddressInTheSmallestNetwork) {
  EXPECT_EQ(SourceAddressFor(Ip("10.1.0.5"), bridge_), Ip("10.1.0.1"));
  EXPECT_EQ(SourceAddressFor(Ip("10.1.8.5"), bridge_), Ip("10.1.7.1"));
  EXPECT_EQ(SourceAddressFor(Ip("fe80::5"), bridge_), Ip("fe80::1"));
  EXPECT_EQ(SourceAddressFor(Ip("fd00:1::5"), bridge_), Ip("fd00:1::1"));
  EXPECT_EQ(SourceAddressFor(Ip("10.2.0.5"), bridge_), absl::nullopt);
}

TEST_F(ResponseFilterTest, Section6Dot7OneShotAnswersMatchIdAndQuestion) {
  OneShotQueries queries;
  const absl::Time now = absl::FromUnixSeconds(1000);
  dns::Question question;
  question.name = N("a.local");
  queries.Add(7, {question}, now);
  EXPECT_TRUE(queries.HasId(7));
  EXPECT_FALSE(queries.HasId(8));

  dns::Message message = Response({});
  message.id = 7;
  EXPECT_EQ(queries.Check(message, now), absl::nullopt);
  message.questions = {question};
  message.questions[0].name = N("A.LOCAL");
  EXPECT_EQ(queries.Check(message, now), absl::nullopt);
  message.questions[0].name = N("b.local");
  EXPECT_EQ(queries.Check(message, now), Rejection::kMismatchedQuestion);
  message.questions[0] = question;
  message.questions[0].type = dns::Type::kAaaa;
  EXPECT_EQ(queries.Check(message, now), Rejection::kMismatchedQuestion);
  message.questions.clear();
  message.id = 8;
  EXPECT_EQ(queries.Check(message, now), Rejection::kUnsolicitedUnicast);
}

TEST_F(ResponseFilterTest, Section6OneShotAnswersComeWithinTwoSeconds) {
  OneShotQueries queries;
  const absl::Time now = absl::FromUnixSeconds(1000);
  queries.Add(7, {}, now);
  dns::Message message = Response({});
  message.id = 7;
  EXPECT_EQ(queries.Check(message, now + absl::Seconds(2)), absl::nullopt);
  EXPECT_EQ(queries.Check(message, now + absl::Milliseconds(2001)),
            Rejection::kUnsolicitedUnicast);
}

TEST_F(ResponseFilterTest, OneShotQueriesAreBounded) {
  OneShotQueries queries;
  const absl::Time now = absl::FromUnixSeconds(1000);
  for (uint16_t id = 1; id <= 9000; ++id) queries.Add(id, {}, now);
  EXPECT_FALSE(queries.HasId(1));
  EXPECT_TRUE(queries.HasId(9000));
}

TEST_F(ResponseFilterTest, FourThousandOneShotQueriesCanBeAnsweredAtOnce) {
  OneShotQueries queries;
  const absl::Time now = absl::FromUnixSeconds(1000);
  for (uint16_t id = 1; id <= 4000; ++id) queries.Add(id, {}, now);
  dns::Message answer;
  for (uint16_t id = 1; id <= 4000; ++id) {
    answer.id = id;
    EXPECT_EQ(queries.Check(answer, now), absl::nullopt) << id;
  }
}

TEST_F(ResponseFilterTest, OldOneShotQueriesMakeRoomForNewOnes) {
  OneShotQueries queries;
  const absl::Time now = absl::FromUnixSeconds(1000);
  queries.Add(1, {}, now);
  queries.Add(2, {}, now + absl::Seconds(3));
  EXPECT_FALSE(queries.HasId(1));
  EXPECT_TRUE(queries.HasId(2));
}

TEST_F(ResponseFilterTest, EveryRejectionHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(Rejection::kAddressV4Mapped); ++i) {
    const std::string name(RejectionName(static_cast<Rejection>(i)));
    EXPECT_THAT(name, ::testing::MatchesRegex("[a-z][a-z0-9_]+"));
    EXPECT_NE(name, "unknown");
    names.insert(name);
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(Rejection::kAddressV4Mapped) + 1);
}

}  // namespace
}  // namespace localstore::resolver
