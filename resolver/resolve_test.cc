// Resolve through the public face: what is asked, believed and answered.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "resolver/query/query_schedule.h"
#include "resolver/testing/resolver_bed.h"

namespace localstore::resolver {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kHost[] = "ubuntu-4321-http-server.local";

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

TEST(ResolveTest, AsksEveryBridgeForAddressesAndThenForServices) {
  ResolverBed bed;
  bed.Resolve(kHost);
  ASSERT_THAT(bed.transport.sent, SizeIs(2));
  for (const SentQuery& query : bed.transport.sent) {
    EXPECT_EQ(query.channel, Channel::kMulticast);
    EXPECT_EQ(query.message.id, 0);
    EXPECT_TRUE(Asks(query.message, kHost, dns::Type::kA));
    EXPECT_TRUE(Asks(query.message, kHost, dns::Type::kAaaa));
    EXPECT_THAT(query.message.questions, SizeIs(2))
        << "answers about services take longer";
  }
  EXPECT_EQ(bed.transport.sent[0].bridge_index, 1);
  EXPECT_EQ(bed.transport.sent[1].bridge_index, 2);
  ASSERT_THAT(bed.transport.companions, SizeIs(2));
  for (const SentQuery& query : bed.transport.companions) {
    EXPECT_EQ(query.channel, Channel::kMulticast);
    for (const char* type :
         {"_workstation._tcp.local", "_http._tcp.local", "_https._tcp.local"}) {
      EXPECT_TRUE(Asks(query.message, type, dns::Type::kPtr)) << type;
    }
    EXPECT_THAT(query.message.questions, SizeIs(3));
  }
}

TEST(ResolveTest, AnswersWithTheFirstAddressAtOnce) {
  ResolverBed bed;
  const auto call = bed.Resolve(kHost);
  bed.loop.Advance(absl::Milliseconds(20));
  EXPECT_FALSE(call->done());
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  ASSERT_TRUE(call->ok()) << call->status();
  const Resolution& resolution = call->resolution();
  EXPECT_EQ(resolution.host, kHost);
  EXPECT_EQ(resolution.elapsed, absl::Milliseconds(20));
  EXPECT_FALSE(resolution.from_cache);
  ASSERT_THAT(resolution.endpoints, SizeIs(1));
  const Endpoint& endpoint = resolution.endpoints[0];
  EXPECT_EQ(endpoint.address, "10.1.0.5");
  EXPECT_EQ(endpoint.bridge, "bn1");
  EXPECT_EQ(endpoint.bridge_index, 1);
  EXPECT_EQ(endpoint.source_address, "10.1.0.1");
  EXPECT_EQ(endpoint.ttl, absl::Seconds(120));
  ASSERT_THAT(resolution.bridges, SizeIs(2));
  EXPECT_EQ(resolution.bridges[0].bridge, "bn1");
  EXPECT_TRUE(resolution.bridges[0].queried);
  EXPECT_EQ(resolution.bridges[0].queries_sent, 2);
  EXPECT_EQ(resolution.bridges[0].responses_seen, 1);
  EXPECT_EQ(resolution.bridges[0].responses_rejected, 0);
  EXPECT_THAT(resolution.bridges[0].addresses, ElementsAre("10.1.0.1/24"));
  EXPECT_EQ(resolution.bridges[1].responses_seen, 0);
}

TEST(ResolveTest, StopsAskingOnceAnswered) {
  ResolverBed bed;
  bed.Resolve(kHost);
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  const size_t sent = bed.transport.sent.size();
  bed.loop.Advance(absl::Minutes(1));
  EXPECT_EQ(bed.transport.sent.size(), sent);
}

TEST(ResolveTest, AnswersFromTheCacheWithinTheTurn) {
  ResolverBed bed;
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(absl::Seconds(20));
  const auto call = bed.Resolve("Ubuntu-4321-HTTP-server.LOCAL.");
  ASSERT_TRUE(call->ok()) << call->status();
  EXPECT_EQ(call->resolution().host, kHost);
  EXPECT_TRUE(call->resolution().from_cache);
  EXPECT_EQ(call->resolution().endpoints[0].ttl, absl::Seconds(100));
  EXPECT_FALSE(call->resolution().bridges[0].queried);
  EXPECT_THAT(bed.SentOn(1, Channel::kMulticast), IsEmpty());
}

TEST(ResolveTest, ANameThatOneBridgeAnnouncedIsAskedForOnTheOthers) {
  ResolverBed bed;
  bed.Announce(2, "10.2.0.5", Response({AddressRecord(kHost, "10.2.0.5")}));
  const auto first = bed.Resolve(kHost);
  ASSERT_TRUE(first->ok()) << first->status();
  EXPECT_THAT(first->addresses(), ElementsAre("10.2.0.5%bn2"));
  ASSERT_THAT(bed.transport.sent, SizeIs(1));
  EXPECT_EQ(bed.transport.sent[0].bridge_index, 1);
  EXPECT_TRUE(Asks(bed.transport.sent[0].message, kHost, dns::Type::kA));
  bed.Resolve(kHost);
  EXPECT_THAT(bed.transport.sent, SizeIs(1));
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  EXPECT_THAT(bed.Resolve(kHost)->addresses(),
              ElementsAre("10.1.0.5%bn1", "10.2.0.5%bn2"));
}

TEST(ResolveTest, OtherBridgesAreNotAskedWhereOneIsPinned) {
  ResolverBed bed;
  bed.Announce(2, "10.2.0.5", Response({AddressRecord(kHost, "10.2.0.5")}));
  ResolveOptions options;
  options.bridges = {"bn2"};
  EXPECT_TRUE(bed.Resolve(kHost, options)->ok());
  EXPECT_THAT(bed.transport.sent, IsEmpty());
}

TEST(ResolveTest, AsksAgainOnAScheduleUntilTheDeadline) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  ResolveOptions options;
  options.timeout = absl::Seconds(10);
  bed.Resolve(kHost, options);
  std::vector<absl::Duration> multicast = {absl::ZeroDuration()};
  std::vector<absl::Duration> unicast;
  const absl::Time start = bed.loop.Now();
  size_t seen = bed.transport.sent.size();
  for (int i = 0; i < 240; ++i) {
    bed.loop.Advance(absl::Milliseconds(50));
    for (; seen < bed.transport.sent.size(); ++seen) {
      const SentQuery& query = bed.transport.sent[seen];
      (query.channel == Channel::kMulticast ? multicast : unicast)
          .push_back(bed.loop.Now() - start);
    }
  }
  EXPECT_THAT(multicast, ElementsAre(absl::ZeroDuration(), absl::Seconds(1),
                                     absl::Seconds(3), absl::Seconds(7)));
  EXPECT_THAT(unicast,
              ElementsAre(absl::Milliseconds(250), absl::Milliseconds(1250),
                          absl::Milliseconds(3250), absl::Milliseconds(7250)));
}

TEST(ResolveTest, AThousandCallersShareTheQueriesOfOne) {
  ResolverBed one;
  one.Resolve(kHost);
  one.loop.Advance(absl::Milliseconds(900));
  ResolverBed many;
  std::vector<std::shared_ptr<ResolverBed::Call>> calls(1000);
  for (auto& call : calls) call = many.Resolve(kHost);
  many.loop.Advance(absl::Milliseconds(900));
  EXPECT_EQ(many.transport.sent.size(), one.transport.sent.size());
  many.Announce(2, "10.2.0.5", Response({AddressRecord(kHost, "10.2.0.5")}));
  for (const auto& call : calls) {
    ASSERT_TRUE(call->ok());
    EXPECT_EQ(call->answers, 1);
    EXPECT_THAT(call->addresses(), ElementsAre("10.2.0.5%bn2"));
  }
}

TEST(ResolveTest, ALateCallerIsNotLeftWithoutAQuery) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  ResolveOptions options;
  options.timeout = absl::Seconds(10);
  bed.Resolve(kHost, options);
  bed.loop.Advance(absl::Seconds(5));
  const size_t sent = bed.SentOn(1, Channel::kMulticast).size();
  bed.Resolve(kHost);
  EXPECT_EQ(bed.SentOn(1, Channel::kMulticast).size(), sent + 1);
  bed.Resolve(kHost);
  EXPECT_EQ(bed.SentOn(1, Channel::kMulticast).size(), sent + 1);
}

TEST(ResolveTest, LookupsInARowDoNotMulticastMoreThanOnceASecond) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  ResolveOptions options;
  options.timeout = absl::Milliseconds(100);
  for (int i = 0; i < 10; ++i) {
    bed.Resolve(kHost, options);
    bed.loop.Advance(absl::Milliseconds(100));
  }
  EXPECT_THAT(bed.SentOn(1, Channel::kMulticast), SizeIs(1));
  EXPECT_THAT(bed.SentOn(1, Channel::kUnicast), SizeIs(9));
  const auto call = bed.Resolve(kHost, options);
  EXPECT_THAT(bed.SentOn(1, Channel::kMulticast), SizeIs(2));
}

TEST(ResolveTest, AsksAlsoInLowerCaseWhenTheSpellingDiffers) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  bed.Resolve("Store.local");
  ASSERT_THAT(bed.transport.sent, SizeIs(1));
  std::vector<std::string> asked;
  for (const dns::Question& question :
       bed.transport.sent[0].message.questions) {
    if (question.type == dns::Type::kA) {
      asked.push_back(question.name.ToString());
    }
  }
  EXPECT_THAT(asked, ElementsAre("Store.local", "store.local"));
}

TEST(ResolveTest, PrefersIpv4AndWaitsAShortWhileForIt) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24", "fe80::1/64"})});
  const auto call = bed.Resolve(kHost);
  bed.Announce(1, "fe80::5", Response({AddressRecord(kHost, "fe80::5")}));
  EXPECT_FALSE(call->done());
  bed.loop.Advance(absl::Milliseconds(40));
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  ASSERT_TRUE(call->ok());
  EXPECT_THAT(call->addresses(), ElementsAre("10.1.0.5%bn1", "fe80::5%bn1"));
  EXPECT_EQ(call->resolution().endpoints[1].source_address, "fe80::1");
}

TEST(ResolveTest, AnIpv6OnlyHostIsAnsweredAfterTheGraceAndThenAtOnce) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24", "fe80::1/64"})});
  const auto call = bed.Resolve(kHost);
  bed.Announce(1, "fe80::5", Response({AddressRecord(kHost, "fe80::5")}));
  bed.loop.Advance(absl::Milliseconds(149));
  EXPECT_FALSE(call->done());
  bed.loop.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(call->ok());
  EXPECT_THAT(call->addresses(), ElementsAre("fe80::5%bn1"));
  const auto again = bed.Resolve(kHost);
  ASSERT_TRUE(again->ok());
  EXPECT_TRUE(again->resolution().from_cache);
}

TEST(ResolveTest, AHostThatSaysItHasNoIpv4IsNotWaitedFor) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24", "fe80::1/64"})});
  const auto call = bed.Resolve(kHost);
  bed.Announce(1, "fe80::5",
               Response({AddressRecord(kHost, "fe80::5")},
                        {NsecRecord(kHost, {dns::Type::kAaaa})}));
  EXPECT_TRUE(call->ok());
}

// What one App says of a name, or an impostor does, is not said for the App of
// that name on another bridge.
TEST(ResolveTest, WithoutIpv4OnOneBridgeItIsWaitedForWhereItIsKnown) {
  for (const bool answered : {true, false}) {
    ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24", "fe80::1/64"}),
                     MakeBridge(2, "bn2", {"10.2.0.1/24"})});
    const auto ipv4 = Response({AddressRecord(kHost, "10.2.0.5")});
    bed.Announce(2, "10.2.0.5", ipv4);
    bed.loop.Advance(absl::Seconds(2));
    ResolveOptions bypass;
    bypass.bypass_cache = true;
    const auto call = bed.Resolve(kHost, bypass);
    bed.Announce(1, "fe80::5",
                 Response({AddressRecord(kHost, "fe80::5")},
                          {NsecRecord(kHost, {dns::Type::kAaaa})}));
    bed.loop.Advance(kFamilyGrace - absl::Milliseconds(1));
    EXPECT_FALSE(call->done());
    if (answered) {
      bed.Announce(2, "10.2.0.5", ipv4);
      ASSERT_TRUE(call->ok());
      EXPECT_THAT(call->addresses(),
                  ElementsAre("10.2.0.5%bn2", "fe80::5%bn1"));
    } else {
      bed.loop.Advance(absl::Milliseconds(1));
      ASSERT_TRUE(call->ok());
      EXPECT_THAT(call->addresses(), ElementsAre("fe80::5%bn1"));
    }
  }
}

TEST(ResolveTest, AHostThatHadNoTimeToAnswerIsNotTakenForOneWithoutIpv4) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24", "fe80::1/64"}),
                   MakeBridge(2, "bn2", {"10.2.0.1/24"})});
  const auto ipv4 = Response({AddressRecord(kHost, "10.2.0.5")});
  const auto ipv6 = Response({AddressRecord(kHost, "fe80::5")});
  bed.Resolve(kHost);
  bed.Announce(2, "10.2.0.5", ipv4);
  bed.loop.Advance(absl::Milliseconds(100));
  // Asked by one-shot queries alone, for the last multicast one was just sent.
  const size_t multicast = bed.SentOn(1, Channel::kMulticast).size();
  ResolveOptions bypass;
  bypass.bypass_cache = true;
  const auto call = bed.Resolve(kHost, bypass);
  ASSERT_THAT(bed.SentOn(1, Channel::kMulticast), SizeIs(multicast));
  bed.Announce(1, "fe80::5", ipv6);
  bed.Announce(2, "10.2.0.5", ipv4);
  ASSERT_TRUE(call->ok());
  bypass.bridges = {"bn1"};
  const auto pinned = bed.Resolve(kHost, bypass);
  bed.Announce(1, "fe80::5", ipv6);
  EXPECT_FALSE(pinned->done());
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  ASSERT_TRUE(pinned->ok());
  EXPECT_THAT(pinned->addresses(), ElementsAre("10.1.0.5%bn1", "fe80::5%bn1"));
}

TEST(ResolveTest, ANegativeAnswerNeitherHidesAnAddressNorEndsTheLookup) {
  ResolverBed bed;
  const auto call = bed.Resolve(kHost);
  bed.Announce(1, "10.1.0.5", Response({NsecRecord(kHost, {})}));
  EXPECT_FALSE(call->done());
  bed.Announce(2, "10.2.0.5",
               Response({AddressRecord(kHost, "10.2.0.5")},
                        {NsecRecord(kHost, {dns::Type::kAaaa})}));
  bed.loop.Advance(kShortestBridgeGrace);
  ASSERT_TRUE(call->ok());
  EXPECT_THAT(call->addresses(), ElementsAre("10.2.0.5%bn2"));
}

TEST(ResolveTest, FamilyIpv6TakesIpv6AtOnceAndNothingElse) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24", "fe80::1/64"})});
  ResolveOptions options;
  options.family = AddressFamily::kIpv6;
  const auto call = bed.Resolve(kHost, options);
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  EXPECT_FALSE(call->done());
  bed.Announce(1, "fe80::5", Response({AddressRecord(kHost, "fe80::5")}));
  ASSERT_TRUE(call->ok());
  EXPECT_THAT(call->addresses(), ElementsAre("fe80::5%bn1"));
}

TEST(ResolveTest, AllEndpointsWaitsForEveryBridge) {
  ResolverBed bed;
  ResolveOptions options;
  options.all_endpoints = true;
  options.timeout = absl::Seconds(2);
  const auto call = bed.Resolve(kHost, options);
  bed.Announce(2, "10.2.0.5", Response({AddressRecord(kHost, "10.2.0.5")}));
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(absl::Milliseconds(1999));
  EXPECT_FALSE(call->done());
  bed.loop.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(call->ok());
  EXPECT_THAT(call->addresses(), ElementsAre("10.1.0.5%bn1", "10.2.0.5%bn2"));
}

TEST(ResolveTest, AColdNameOnTwoBridgesIsAnsweredWithBoth) {
  for (const bool second_first : {false, true}) {
    ResolverBed bed;
    const auto call = bed.Resolve(kHost);
    bed.loop.Advance(absl::Milliseconds(2));
    const int first = second_first ? 2 : 1;
    const auto answer = [&](int bridge) {
      const std::string address = bridge == 1 ? "10.1.0.5" : "10.2.0.5";
      bed.Announce(bridge, address, Response({AddressRecord(kHost, address)}));
    };
    answer(first);
    EXPECT_FALSE(call->done()) << "the other may be as fast";
    bed.loop.Advance(absl::Microseconds(1500));
    EXPECT_FALSE(call->done());
    answer(3 - first);
    ASSERT_TRUE(call->ok());
    EXPECT_THAT(call->addresses(), ElementsAre("10.1.0.5%bn1", "10.2.0.5%bn2"));
  }
}

// How long a bridge that stays silent is waited for when the other one answers
// `taken` after it was asked.
absl::Duration WaitForASilentBridge(absl::Duration taken,
                                    Processors::Load load) {
  ResolverBed bed;
  bed.processors.load = load;
  const auto call = bed.Resolve(kHost);
  bed.loop.Advance(taken);
  bed.Announce(2, "10.2.0.5", Response({AddressRecord(kHost, "10.2.0.5")}));
  absl::Duration waited;
  while (!call->done() && waited < absl::Seconds(1)) {
    bed.loop.Advance(absl::Microseconds(100));
    waited += absl::Microseconds(100);
  }
  EXPECT_THAT(call->addresses(), ElementsAre("10.2.0.5%bn2"));
  return waited;
}

TEST(ResolveTest, SilentBridgesAreWaitedForInProportionToTheFirstAnswer) {
  const auto wait_after = [](absl::Duration taken) {
    return WaitForASilentBridge(taken, Processors::Load::kIdle);
  };
  EXPECT_EQ(wait_after(absl::Microseconds(200)), absl::Milliseconds(1));
  EXPECT_EQ(wait_after(absl::Milliseconds(4)), absl::Milliseconds(4));
  EXPECT_EQ(wait_after(absl::Milliseconds(20)), absl::ZeroDuration());
  EXPECT_EQ(wait_after(absl::Milliseconds(500)), absl::ZeroDuration());
}

TEST(ResolveTest, SilentBridgesAreWaitedForWhileOthersHaveTheProcessors) {
  const auto wait_under = [](Processors::Load load, absl::Duration taken) {
    return WaitForASilentBridge(taken, load);
  };
  using Load = Processors::Load;
  const absl::Duration soon = absl::Microseconds(200);
  EXPECT_EQ(wait_under(Load::kIdle, soon), absl::Milliseconds(1));
  EXPECT_EQ(wait_under(Load::kShared, soon), absl::Milliseconds(3));
  EXPECT_EQ(wait_under(Load::kCrowded, soon), absl::Milliseconds(50));
  EXPECT_EQ(wait_under(Load::kShared, absl::Milliseconds(8)),
            absl::Milliseconds(8));
  EXPECT_EQ(wait_under(Load::kCrowded, absl::Milliseconds(500)),
            absl::Milliseconds(50));
}

TEST(ResolveTest, TheWaitForSilentBridgesEndsWhenTheMachineComesToRest) {
  ResolverBed bed;
  bed.processors.load = Processors::Load::kCrowded;
  const auto call = bed.Resolve(kHost);
  bed.Announce(2, "10.2.0.5", Response({AddressRecord(kHost, "10.2.0.5")}));
  bed.loop.Advance(absl::Milliseconds(7));
  EXPECT_FALSE(call->done());
  bed.processors.load = Processors::Load::kIdle;
  bed.loop.Advance(absl::Milliseconds(4));
  EXPECT_TRUE(call->ok());
}

TEST(ResolveTest, TheWaitForSilentBridgesEndsWhenTheLastOneAnswers) {
  ResolverBed bed;
  bed.processors.load = Processors::Load::kCrowded;
  const auto call = bed.Resolve(kHost);
  bed.Announce(2, "10.2.0.5", Response({AddressRecord(kHost, "10.2.0.5")}));
  bed.loop.Advance(absl::Milliseconds(12));
  EXPECT_FALSE(call->done());
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  ASSERT_TRUE(call->ok());
  EXPECT_THAT(call->addresses(), ElementsAre("10.1.0.5%bn1", "10.2.0.5%bn2"));
}

TEST(ResolveTest, ASilentBridgeIsNotWaitedForWhereOneIsPinnedOrItCannotAnswer) {
  ResolverBed pinned;
  ResolveOptions options;
  options.bridges = {"bn2"};
  const auto call = pinned.Resolve(kHost, options);
  pinned.Announce(2, "10.2.0.5", Response({AddressRecord(kHost, "10.2.0.5")}));
  EXPECT_TRUE(call->ok());

  ResolverBed mute;
  mute.transport.send_errors[1] = absl::UnavailableError("no buffer");
  const auto other = mute.Resolve(kHost);
  mute.Announce(2, "10.2.0.5", Response({AddressRecord(kHost, "10.2.0.5")}));
  EXPECT_TRUE(other->ok());
}

TEST(ResolveTest, APinSelectsTheBridge) {
  ResolverBed bed;
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.Announce(2, "10.2.0.5", Response({AddressRecord(kHost, "10.2.0.5")}));
  EXPECT_THAT(bed.Resolve(kHost)->addresses(),
              ElementsAre("10.1.0.5%bn1", "10.2.0.5%bn2"));
  ResolveOptions options;
  options.bridges = {"bn2"};
  const auto call = bed.Resolve(kHost, options);
  EXPECT_THAT(call->addresses(), ElementsAre("10.2.0.5%bn2"));
  EXPECT_THAT(call->resolution().bridges, SizeIs(1));
}

TEST(ResolveTest, WhatWasAnsweredFromTheCacheIsKnown) {
  ResolverBed bed;
  EXPECT_EQ(bed.resolver->Known(kHost, {}).resolution, nullptr);
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  EXPECT_EQ(bed.resolver->Known(kHost, {}).resolution, nullptr)
      << "nobody has asked yet";
  bed.loop.Advance(absl::Seconds(10));
  ASSERT_TRUE(bed.Resolve(kHost)->ok());
  bed.loop.Advance(absl::Milliseconds(500));
  const KnownAnswer known =
      bed.resolver->Known("Ubuntu-4321-HTTP-server.LOCAL.", {});
  ASSERT_NE(known.resolution, nullptr);
  EXPECT_EQ(known.resolution->host, kHost);
  EXPECT_TRUE(known.resolution->from_cache);
  ASSERT_THAT(known.resolution->endpoints, SizeIs(1));
  EXPECT_EQ(known.resolution->endpoints[0].address, "10.1.0.5");
  EXPECT_EQ(known.resolution->endpoints[0].ttl - known.age,
            absl::Milliseconds(109500));
  EXPECT_THAT(known.resolution->bridges, SizeIs(2));
  EXPECT_EQ(bed.resolver->Statistics().answered_from_cache, 2);
}

TEST(ResolveTest, WhatIsKnownIsWhatResolveWouldAnswer) {
  const auto known_after = [](const std::function<void(ResolverBed&)>& news) {
    ResolverBed bed;
    const std::string instance = "w._http._tcp.local";
    bed.Announce(1, "10.1.0.5",
                 Response({AddressRecord(kHost, "10.1.0.5"),
                           SrvRecord(instance, kHost, 80)}));
    bed.loop.Advance(absl::Seconds(5));
    bed.Resolve(kHost);
    EXPECT_NE(bed.resolver->Known(kHost, {}).resolution, nullptr);
    news(bed);
    return bed.resolver->Known(kHost, {}).resolution != nullptr;
  };
  const std::string instance = "w._http._tcp.local";
  EXPECT_TRUE(known_after([](ResolverBed& bed) {
    bed.Announce(1, "10.1.0.9",
                 Response({AddressRecord("other.local", "10.1.0.9")}));
  })) << "news of another host";
  EXPECT_FALSE(known_after([](ResolverBed& bed) {
    bed.Announce(1, "10.1.0.6", Response({AddressRecord(kHost, "10.1.0.6")}));
  })) << "a new address";
  EXPECT_FALSE(known_after([](ResolverBed& bed) {
    bed.Announce(1, "10.1.0.5",
                 Response({AddressRecord(kHost, "10.1.0.5", 0)}));
  })) << "a goodbye";
  EXPECT_FALSE(known_after([](ResolverBed& bed) {
    bed.Announce(2, "10.2.0.6", Response({AddressRecord(kHost, "10.2.0.6")}));
  })) << "on another bridge";
  EXPECT_FALSE(known_after([&](ResolverBed& bed) {
    bed.Announce(1, "10.1.0.5", Response({SrvRecord(instance, kHost, 81)}));
  })) << "another port";
  EXPECT_FALSE(known_after([&](ResolverBed& bed) {
    bed.Announce(1, "10.1.0.5", Response({TxtRecord(instance, {"a=b"})}));
  })) << "another TXT record";
  EXPECT_FALSE(known_after([](ResolverBed& bed) {
    bed.Announce(1, "10.1.0.5",
                 Response({SrvRecord("new._https._tcp.local", kHost, 443)}));
  })) << "another service";
  EXPECT_FALSE(known_after([](ResolverBed& bed) {
    bed.Announce(1, "10.1.0.5", Response({CnameRecord(kHost, "alias.local")}));
  })) << "an alias";
  EXPECT_FALSE(known_after([](ResolverBed& bed) {
    bed.monitor.Set(MakeBridge(1, "bn1", {"10.9.0.1/24"}));
  })) << "a bridge has another address";
  EXPECT_FALSE(known_after([](ResolverBed& bed) { bed.monitor.Remove(2); }))
      << "a bridge is gone";
  EXPECT_FALSE(known_after([](ResolverBed& bed) {
    bed.monitor.Set(MakeBridge(3, "bn3", {"10.3.0.1/24"}));
  })) << "a bridge is new";
  EXPECT_FALSE(known_after([](ResolverBed& bed) {
    bed.loop.Advance(absl::Minutes(2));
  })) << "the records ran out";
}

TEST(ResolveTest, WhatHasToBeAskedForIsNotKnown) {
  ResolverBed bed;
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  ResolveOptions fresh;
  fresh.bypass_cache = true;
  ResolveOptions negative;
  negative.timeout = absl::Seconds(-1);
  ResolveOptions pinned;
  pinned.bridges = {"bn9"};
  bed.Resolve(kHost);
  EXPECT_NE(bed.resolver->Known(kHost, {}).resolution, nullptr);
  for (const ResolveOptions& options : {fresh, negative, pinned}) {
    EXPECT_EQ(bed.resolver->Known(kHost, options).resolution, nullptr);
  }
  // An IPv6 address without an IPv4 one is answered after a time of grace.
  bed.Announce(1, "fe80::7", Response({AddressRecord("six.local", "fe80::7")}));
  bed.Resolve("six.local");
  EXPECT_EQ(bed.resolver->Known("six.local", {}).resolution, nullptr);
}

TEST(ResolveTest, AnAddressThatABypassDidNotFindIsNotKnownAnyMore) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(absl::Seconds(5));
  ResolveOptions options;
  options.bypass_cache = true;
  options.timeout = absl::Seconds(2);
  const auto call = bed.Resolve(kHost, options);
  bed.loop.Advance(absl::Milliseconds(1900));
  bed.Resolve(kHost);
  EXPECT_NE(bed.resolver->Known(kHost, {}).resolution, nullptr);
  bed.loop.Advance(absl::Milliseconds(100));
  EXPECT_EQ(ReasonOf(call->status()), v1::ERROR_REASON_HOST_NOT_FOUND);
  EXPECT_EQ(bed.resolver->Known(kHost, {}).resolution, nullptr);
}

TEST(ResolveTest, AHostThatIsAskedForAgainAndAgainIsRefreshed) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  bed.Announce(1, "10.1.0.5",
               Response({AddressRecord(kHost, "10.1.0.5", 100)}));
  std::vector<absl::Duration> asked;
  const absl::Time start = bed.loop.Now();
  size_t seen = 0;
  for (int i = 0; i < 99; ++i) {
    EXPECT_TRUE(bed.Resolve(kHost)->ok());
    bed.loop.Advance(absl::Seconds(1));
    for (; seen < bed.transport.sent.size(); ++seen) {
      const SentQuery& query = bed.transport.sent[seen];
      EXPECT_TRUE(Asks(query.message, kHost, dns::Type::kA));
      EXPECT_THAT(query.message.answers, IsEmpty()) << "it is to be repeated";
      asked.push_back(bed.loop.Now() - start);
    }
  }
  ASSERT_THAT(asked, SizeIs(4));
  for (int i = 0; i < 4; ++i) {
    EXPECT_GE(asked[static_cast<size_t>(i)], absl::Seconds(80 + 5 * i));
    EXPECT_LE(asked[static_cast<size_t>(i)], absl::Seconds(83 + 5 * i));
  }
  bed.Announce(1, "10.1.0.5",
               Response({AddressRecord(kHost, "10.1.0.5", 100)}));
  bed.loop.Advance(absl::Seconds(3));
  EXPECT_TRUE(bed.Resolve(kHost)->resolution().from_cache);
}

TEST(ResolveTest, AHostThatNobodyAsksForAnyMoreIsNotRefreshed) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  bed.Announce(1, "10.1.0.5",
               Response({AddressRecord(kHost, "10.1.0.5", 100)}));
  bed.loop.Advance(absl::Seconds(15));
  EXPECT_TRUE(bed.Resolve(kHost)->ok());
  bed.loop.Advance(absl::Minutes(3));
  EXPECT_THAT(bed.transport.sent, IsEmpty());
  EXPECT_EQ(bed.loop.timers(), 0U);
}

TEST(ResolveTest, ANewAddressIsKnownBeforeAnybodyAsks) {
  ResolverBed bed;
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(absl::Seconds(30));
  bed.Announce(1, "10.1.0.8", Response({AddressRecord(kHost, "10.1.0.8")}));
  EXPECT_THAT(bed.Resolve(kHost)->addresses(), ElementsAre("10.1.0.8%bn1"));
}

TEST(ResolveTest, WithoutAFlushBitTheNewestAddressComesFirst) {
  ResolverBed bed;
  bed.Announce(1, "10.1.0.5",
               Response({AddressRecord(kHost, "10.1.0.5", 120, false)}));
  bed.loop.Advance(absl::Seconds(30));
  bed.Announce(1, "10.1.0.8",
               Response({AddressRecord(kHost, "10.1.0.8", 120, false)}));
  bed.Announce(1, "10.1.0.5",
               Response({AddressRecord(kHost, "10.1.0.5", 120, false)}));
  EXPECT_THAT(bed.Resolve(kHost)->addresses(),
              ElementsAre("10.1.0.8%bn1", "10.1.0.5%bn1"));
}

TEST(ResolveTest, BypassAsksTheNetworkAgain) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(absl::Seconds(30));
  ResolveOptions options;
  options.bypass_cache = true;
  const auto call = bed.Resolve(kHost, options);
  EXPECT_FALSE(call->done());
  ASSERT_THAT(bed.SentOn(1, Channel::kMulticast), SizeIs(1));
  EXPECT_THAT(bed.SentOn(1, Channel::kMulticast)[0].message.answers, IsEmpty());
  bed.loop.Advance(absl::Milliseconds(1));
  EXPECT_THAT(bed.SentOn(1, Channel::kUnicast), SizeIs(1));
  bed.AnswerOneShot(
      1, "10.1.0.5",
      Response({AddressRecord(kHost, "10.1.0.5", 10, /*flush=*/false)}));
  ASSERT_TRUE(call->ok());
  EXPECT_FALSE(call->resolution().from_cache);
  EXPECT_EQ(call->resolution().endpoints[0].ttl,
            absl::Seconds(90) - absl::Milliseconds(1));
}

TEST(ResolveTest, WhatABypassDoesNotFindAgainIsForgotten) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(absl::Seconds(5));
  ResolveOptions options;
  options.bypass_cache = true;
  const auto call = bed.Resolve(kHost, options);
  bed.loop.Advance(absl::Seconds(3));
  EXPECT_EQ(ReasonOf(call->status()), v1::ERROR_REASON_HOST_NOT_FOUND);
  EXPECT_FALSE(bed.Resolve(kHost)->done());
}

TEST(ResolveTest, FollowsCnamesAndAsksForTheirTargets) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  const auto call = bed.Resolve("alias.local");
  bed.Announce(1, "10.1.0.5", Response({CnameRecord("alias.local", kHost)}));
  EXPECT_FALSE(call->done());
  const auto sent = bed.SentOn(1, Channel::kMulticast);
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_TRUE(Asks(sent[1].message, kHost, dns::Type::kA));
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  ASSERT_TRUE(call->ok());
  EXPECT_EQ(call->resolution().host, "alias.local");
  EXPECT_THAT(call->addresses(), ElementsAre("10.1.0.5%bn1"));
}

TEST(ResolveTest, ACnameThatLeadsToItselfEndsNothing) {
  ResolverBed bed;
  const auto call = bed.Resolve("a.local");
  bed.Announce(1, "10.1.0.5",
               Response({CnameRecord("a.local", "b.local"),
                         CnameRecord("b.local", "a.local"),
                         CnameRecord("a.local", "a.local")}));
  EXPECT_FALSE(call->done());
  bed.loop.Advance(absl::Seconds(3));
  EXPECT_EQ(ReasonOf(call->status()), v1::ERROR_REASON_HOST_NOT_FOUND);
}

TEST(ResolveTest, AMissTellsOfAliasesThatLeadNowhere) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  const auto circle = bed.Resolve("a.local");
  const auto chain = bed.Resolve("c0.local");
  std::vector<dns::Record> records = {CnameRecord("a.local", "B.local"),
                                      CnameRecord("b.local", "a.local")};
  for (int i = 0; i < 9; ++i) {
    records.push_back(CnameRecord("c" + std::to_string(i) + ".local",
                                  "c" + std::to_string(i + 1) + ".local"));
  }
  bed.Announce(1, "10.1.0.5", Response(records));
  bed.loop.Advance(absl::Seconds(3));
  EXPECT_EQ(ReasonOf(circle->status()), v1::ERROR_REASON_HOST_NOT_FOUND);
  EXPECT_THAT(MessageOf(circle->status()),
              HasSubstr("its aliases (CNAME) lead in a circle: a.local -> "
                        "b.local -> a.local"));
  EXPECT_EQ(ReasonOf(chain->status()), v1::ERROR_REASON_HOST_NOT_FOUND);
  EXPECT_THAT(MessageOf(chain->status()),
              HasSubstr("more than 8 aliases (CNAME) follow one another"));
}

TEST(ResolveTest, OnlyANumberBehindTheNameIsCalledAConflict) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  bed.Announce(1, "10.1.0.6",
               Response({AddressRecord("stroe.local", "10.1.0.6")}));
  const auto similar = bed.Resolve("store.local");
  bed.loop.Advance(absl::Seconds(3));
  EXPECT_THAT(MessageOf(similar->status()),
              HasSubstr("heard under a similar name: stroe.local"));
  EXPECT_THAT(MessageOf(similar->status()), Not(HasSubstr("-2")));
  bed.Announce(1, "10.1.0.7",
               Response({AddressRecord("store-2.local", "10.1.0.7")}));
  const auto renamed = bed.Resolve("store.local");
  bed.loop.Advance(absl::Seconds(3));
  EXPECT_THAT(MessageOf(renamed->status()),
              HasSubstr("heard: store-2.local (avahi appends -2 when a name is "
                        "taken)"));
}

TEST(ResolveTest, MoreThanEightCnamesAreNotFollowed) {
  for (const int length : {8, 9}) {
    ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
    const auto call = bed.Resolve("c0.local");
    std::vector<dns::Record> records;
    records.reserve(static_cast<size_t>(length) + 1);
    for (int i = 0; i < length; ++i) {
      records.push_back(CnameRecord("c" + std::to_string(i) + ".local",
                                    "c" + std::to_string(i + 1) + ".local"));
    }
    records.push_back(
        AddressRecord("c" + std::to_string(length) + ".local", "10.1.0.5"));
    bed.Announce(1, "10.1.0.5", Response(records));
    EXPECT_EQ(call->ok(), length == 8) << length;
  }
}

TEST(ResolveTest, ReportsTheServicesOfTheHost) {
  ResolverBed bed;
  const std::string instance =
      "ubuntu-4321-http-server [00:16:3e:00:01:03]._workstation._tcp.local";
  bed.Announce(1, "10.1.0.5",
               Response({PtrRecord("_workstation._tcp.local", instance)},
                        {SrvRecord(instance, kHost, 9), TxtRecord(instance, {}),
                         AddressRecord(kHost, "10.1.0.5"),
                         SrvRecord("web._http._tcp.local", kHost, 8080),
                         TxtRecord("web._http._tcp.local", {"path=/"})}));
  const auto call = bed.Resolve(kHost);
  ASSERT_TRUE(call->ok());
  const std::vector<ServiceInstance>& services =
      call->resolution().endpoints[0].services;
  ASSERT_THAT(services, SizeIs(2));
  EXPECT_EQ(services[0].type, "_http._tcp");
  EXPECT_EQ(services[0].port, 8080);
  EXPECT_THAT(services[0].txt, ElementsAre("path=/"));
  EXPECT_EQ(services[1].type, "_workstation._tcp");
  EXPECT_EQ(services[1].instance,
            "ubuntu-4321-http-server [00:16:3e:00:01:03]");
}

TEST(ResolveTest, WaitsForTheServiceThatIsWanted) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  ResolveOptions options;
  options.service = "_http._tcp";
  const auto call = bed.Resolve(kHost, options);
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(absl::Milliseconds(60));
  EXPECT_FALSE(call->done());
  bed.Announce(1, "10.1.0.5",
               Response({PtrRecord("_http._tcp.local", "web._http._tcp.local")},
                        {SrvRecord("web._http._tcp.local", kHost, 8080)}));
  ASSERT_TRUE(call->ok());
  ASSERT_THAT(call->resolution().endpoints[0].services, SizeIs(1));
  EXPECT_EQ(call->resolution().endpoints[0].services[0].port, 8080);
}

TEST(ResolveTest, WithoutThatServiceItAnswersAfterTheGraceAndThenAtOnce) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  ResolveOptions options;
  options.service = "_http._tcp";
  const auto call = bed.Resolve(kHost, options);
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(absl::Milliseconds(399));
  EXPECT_FALSE(call->done());
  bed.loop.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(call->ok());
  EXPECT_TRUE(bed.Resolve(kHost, options)->ok());
}

// RFC 6762 section 6: what was multicast within the last second is not again,
// but given to a one-shot query.
TEST(ResolveTest, AsksForTheServiceByAOneShotQueryWhenTheAddressIsThere) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  ResolveOptions options;
  options.service = "_http._tcp";
  const auto call = bed.Resolve(kHost, options);
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(absl::Milliseconds(250));
  ASSERT_THAT(bed.SentOn(1, Channel::kUnicast), SizeIs(1));
  bed.AnswerOneShot(
      1, "10.1.0.5",
      Response({PtrRecord("_http._tcp.local", "web._http._tcp.local")},
               {SrvRecord("web._http._tcp.local", kHost, 8080)}));
  ASSERT_TRUE(call->ok());
  ASSERT_THAT(call->resolution().endpoints[0].services, SizeIs(1));
  EXPECT_EQ(call->resolution().endpoints[0].services[0].port, 8080);
}

TEST(ResolveTest, AsksForTheSrvRecordThatAnAnswerLeftOut) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  ResolveOptions options;
  options.service = "_http._tcp";
  const auto call = bed.Resolve(kHost, options);
  bed.Announce(1, "10.1.0.5",
               Response({PtrRecord("_http._tcp.local", "web._http._tcp.local"),
                         AddressRecord(kHost, "10.1.0.5")}));
  EXPECT_FALSE(call->done());
  const auto sent = bed.SentOn(1, Channel::kMulticast);
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_TRUE(Asks(sent[1].message, "web._http._tcp.local", dns::Type::kSrv));
  bed.Announce(1, "10.1.0.5",
               Response({SrvRecord("web._http._tcp.local", kHost, 8080)}));
  EXPECT_TRUE(call->ok());
}

TEST(ResolveTest, AMissNamesTheBridgesAndWhatWasSeenOnThem) {
  ResolverBed bed;
  const auto call = bed.Resolve("store.local");
  bed.Announce(1, "10.1.0.5",
               Response({AddressRecord("store-2.local", "10.1.0.5"),
                         AddressRecord("printer.local", "10.1.0.6")}));
  bed.loop.Advance(absl::Seconds(3));
  ASSERT_TRUE(call->done());
  EXPECT_EQ(ReasonOf(call->status()), v1::ERROR_REASON_HOST_NOT_FOUND);
  EXPECT_EQ(MetadataOf(call->status(), "host"), "store.local");
  EXPECT_EQ(MetadataOf(call->status(), "bridges"), "bn1,bn2");
  EXPECT_THAT(
      MessageOf(call->status()),
      AllOf(HasSubstr("store.local"), HasSubstr("3s"),
            HasSubstr("bn1 (10.1.0.1/24): 6 queries sent, 1 response"),
            HasSubstr("heard: store-2.local (avahi appends -2"),
            HasSubstr("other hosts heard: printer.local"),
            HasSubstr("bn2 (10.2.0.1/24): 6 queries sent, 0 responses")));
}

TEST(ResolveTest, AMissTellsWhyResponsesWereRejected) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  const auto call = bed.Resolve(kHost);
  Datagram datagram = FakeMdnsTransport::MulticastFrom(1, Ip("10.1.0.5"));
  datagram.source_port = 40000;
  bed.transport.Deliver(datagram, Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(absl::Seconds(3));
  EXPECT_THAT(MessageOf(call->status()),
              HasSubstr("1 response (1 rejected: wrong_source_port)"));
}

TEST(ResolveTest, WhatThisDeviceSaysIsNotSeen) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  const auto call = bed.Resolve(kHost);
  bed.Announce(1, "10.1.0.1", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(absl::Seconds(3));
  EXPECT_THAT(MessageOf(call->status()), HasSubstr(" 0 responses"));
  EXPECT_EQ(bed.StatisticsOf(1).rejected[Rejection::kThisDevice], 1);
}

TEST(ResolveTest, AMissOnAPinnedBridgeTellsWhereTheHostIs) {
  ResolverBed bed;
  bed.Announce(2, "10.2.0.5", Response({AddressRecord(kHost, "10.2.0.5")}));
  ResolveOptions options;
  options.bridges = {"bn1"};
  const auto call = bed.Resolve(kHost, options);
  bed.loop.Advance(absl::Seconds(3));
  EXPECT_EQ(ReasonOf(call->status()), v1::ERROR_REASON_HOST_NOT_FOUND);
  EXPECT_THAT(MessageOf(call->status()), HasSubstr("known on bn2"));
}

TEST(ResolveTest, AddressesThatCannotBeUsedAreNamed) {
  ResolverBed bed;
  const auto call = bed.Resolve(kHost);
  bed.Announce(1, "10.1.0.5",
               Response({AddressRecord(kHost, "192.168.7.5"),
                         AddressRecord(kHost, "10.1.0.1"),
                         AddressRecord(kHost, "127.0.0.1")}));
  bed.loop.Advance(absl::Seconds(3));
  ASSERT_TRUE(call->done());
  EXPECT_EQ(ReasonOf(call->status()), v1::ERROR_REASON_NO_USABLE_ADDRESS);
  EXPECT_THAT(MessageOf(call->status()),
              AllOf(HasSubstr("192.168.7.5 on bn1 is outside"),
                    HasSubstr("10.1.0.1 on bn1 is this device's own"),
                    HasSubstr("127.0.0.1 on bn1 is a loopback")));
}

TEST(ResolveTest, WithoutAnyBridgeItFailsAtOnce) {
  ResolverBed bed(std::vector<Bridge>{});
  const auto call = bed.Resolve(kHost);
  ASSERT_TRUE(call->done());
  EXPECT_EQ(ReasonOf(call->status()), v1::ERROR_REASON_NO_BRIDGE);
}

TEST(ResolveTest, WhenNoBridgeCanBeAskedItSaysWhy) {
  Bridge down = MakeBridge(1, "bn1", {"10.1.0.1/24"});
  down.up = false;
  ResolverBed bed({down, MakeBridge(2, "bn2", {})});
  bed.transport.open_errors[3] =
      absl::PermissionDeniedError("bn3: cannot bind: CAP_NET_RAW is missing");
  bed.monitor.Set(MakeBridge(3, "bn3", {"10.3.0.1/24"}));
  const auto call = bed.Resolve(kHost);
  ASSERT_TRUE(call->done());
  EXPECT_EQ(ReasonOf(call->status()), v1::ERROR_REASON_NO_BRIDGE);
  EXPECT_THAT(
      MessageOf(call->status()),
      AllOf(HasSubstr("bn1: it is down"), HasSubstr("bn2: it has no address"),
            HasSubstr("CAP_NET_RAW")));
}

TEST(ResolveTest, AnUnknownBridgeIsABadRequest) {
  ResolverBed bed;
  ResolveOptions options;
  options.bridges = {"bn1", "bn9"};
  const auto call = bed.Resolve(kHost, options);
  ASSERT_TRUE(call->done());
  EXPECT_EQ(ReasonOf(call->status()), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_THAT(MessageOf(call->status()),
              AllOf(HasSubstr("bridges[1]"), HasSubstr("bn1, bn2")));
}

TEST(ResolveTest, AFailureToSendIsOneBridgesProblem) {
  ResolverBed bed;
  bed.transport.send_errors[1] = absl::UnavailableError("no buffer space");
  const auto call = bed.Resolve(kHost);
  bed.Announce(2, "10.2.0.5", Response({AddressRecord(kHost, "10.2.0.5")}));
  ASSERT_TRUE(call->ok());
  EXPECT_THAT(call->resolution().bridges[0].problem,
              HasSubstr("no buffer space"));
  EXPECT_FALSE(call->resolution().bridges[0].queried);
  EXPECT_EQ(call->resolution().bridges[1].problem, "");
}

TEST(ResolveTest, WhenNothingCouldBeSentItIsNoBridge) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  bed.transport.send_errors[1] = absl::UnavailableError("not permitted");
  const auto call = bed.Resolve(kHost);
  bed.loop.Advance(absl::Seconds(3));
  EXPECT_EQ(ReasonOf(call->status()), v1::ERROR_REASON_NO_BRIDGE);
  EXPECT_THAT(MessageOf(call->status()), HasSubstr("not permitted"));
}

TEST(ResolveTest, ABridgeThatAppearsJoins) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  const auto call = bed.Resolve(kHost);
  bed.loop.Advance(absl::Milliseconds(500));
  bed.monitor.Set(MakeBridge(2, "bn2", {"10.2.0.1/24"}));
  EXPECT_THAT(bed.SentOn(2, Channel::kMulticast), SizeIs(1));
  bed.Announce(2, "10.2.0.5", Response({AddressRecord(kHost, "10.2.0.5")}));
  ASSERT_TRUE(call->ok());
  EXPECT_THAT(call->addresses(), ElementsAre("10.2.0.5%bn2"));
}

TEST(ResolveTest, ABridgeThatCouldNotBeOpenedIsTriedAgain) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  bed.transport.open_errors[2] = absl::UnavailableError("no buffer space");
  bed.monitor.Set(MakeBridge(2, "bn2", {"10.2.0.1/24"}));
  const auto call = bed.Resolve(kHost);
  bed.loop.Advance(absl::Seconds(1));
  bed.transport.open_errors.clear();
  bed.loop.Advance(absl::Milliseconds(1900));
  EXPECT_THAT(bed.SentOn(2, Channel::kMulticast), IsEmpty());
  EXPECT_THAT(bed.resolver->Bridges()[1].problem, HasSubstr("no buffer"));
  bed.loop.Advance(absl::Milliseconds(100));
  EXPECT_EQ(bed.resolver->Bridges()[1].problem, "");
  EXPECT_THAT(bed.Resolve(kHost)->status(), absl::OkStatus());
  EXPECT_THAT(bed.SentOn(2, Channel::kMulticast), Not(IsEmpty()));
  bed.loop.Advance(absl::Hours(1));
  EXPECT_EQ(bed.loop.timers(), 0U) << "nothing is left to try";
}

TEST(ResolveTest, ABridgeThatGoesTakesWhatItKnewWithIt) {
  ResolverBed bed;
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  const auto call = bed.Resolve("other.local");
  bed.monitor.Remove(1);
  EXPECT_EQ(bed.transport.open_bridges(), 1U);
  EXPECT_FALSE(bed.Resolve(kHost)->done());
  bed.monitor.Set(MakeBridge(7, "bn1", {"10.1.0.1/24"}));
  bed.Announce(7, "10.1.0.6",
               Response({AddressRecord("other.local", "10.1.0.6")}));
  bed.loop.Advance(kShortestBridgeGrace);
  ASSERT_TRUE(call->ok());
  EXPECT_EQ(call->resolution().endpoints[0].bridge_index, 7);
}

TEST(ResolveTest, AReaddressedBridgeIsOpenedAndAskedAnew) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  const auto call = bed.Resolve(kHost);
  bed.Announce(1, "10.9.0.5", Response({AddressRecord(kHost, "10.9.0.5")}));
  EXPECT_FALSE(call->done());
  const int opens = bed.transport.opens;
  bed.monitor.Set(MakeBridge(1, "bn1", {"10.9.0.1/24"}));
  EXPECT_EQ(bed.transport.opens, opens + 1);
  ASSERT_TRUE(call->ok());
  EXPECT_EQ(call->resolution().endpoints[0].source_address, "10.9.0.1");
}

TEST(ResolveTest, OnlyManyThatAreTriggeredTogetherAreSpread) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
  for (int i = 0; i < 10; ++i) {
    bed.Resolve("host" + std::to_string(i) + ".local");
  }
  EXPECT_THAT(bed.SentOn(1, Channel::kMulticast), SizeIs(10));
  bed.monitor.Set(MakeBridge(2, "bn2", {"10.2.0.1/24"}));
  bed.loop.Advance(absl::Milliseconds(19));
  EXPECT_THAT(bed.SentOn(2, Channel::kMulticast), IsEmpty());
  bed.loop.Advance(absl::Milliseconds(101));
  EXPECT_THAT(bed.SentOn(2, Channel::kMulticast), SizeIs(10));
}

TEST(ResolveTest, ACancelledCallIsNotAnsweredAndAsksNoMore) {
  ResolverBed bed;
  const auto call = bed.Resolve(kHost);
  bed.resolver->Cancel(call->id);
  bed.loop.RunPosted();
  const size_t sent = bed.transport.sent.size();
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(absl::Seconds(10));
  EXPECT_EQ(call->answers, 0);
  EXPECT_EQ(bed.transport.sent.size(), sent);
}

TEST(ResolveTest, CancellingOneLeavesTheOther) {
  ResolverBed bed;
  const auto one = bed.Resolve(kHost);
  const auto other = bed.Resolve(kHost);
  bed.resolver->Cancel(one->id);
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(kShortestBridgeGrace);
  EXPECT_EQ(one->answers, 0);
  EXPECT_TRUE(other->ok());
}

TEST(ResolveTest, DestructionAnswersNothingAndLeavesNothingBehind) {
  ResolverBed bed;
  const auto call = bed.Resolve(kHost);
  bed.resolver->Resolve(kHost, {},
                        [](const absl::StatusOr<Resolution>&) { FAIL(); });
  bed.resolver = nullptr;
  bed.loop.Advance(absl::Minutes(2));
  EXPECT_EQ(call->answers, 0);
  EXPECT_EQ(bed.loop.timers(), 0U);
  EXPECT_EQ(bed.transport.open_bridges(), 0U);
  EXPECT_FALSE(bed.monitor.has_listener());
}

TEST(ResolveTest, WatchersHearOfBridgesAndAddresses) {
  ResolverBed bed;
  int changes = 0;
  const auto id = bed.resolver->WatchChanges([&] { ++changes; });
  bed.loop.RunPosted();
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  EXPECT_EQ(changes, 1);
  bed.loop.Advance(absl::Seconds(1));
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  EXPECT_EQ(changes, 1) << "nothing has changed";
  bed.monitor.Remove(2);
  EXPECT_EQ(changes, 2);
  bed.resolver->Cancel(id);
  bed.loop.Advance(absl::Minutes(3));
  EXPECT_EQ(changes, 2);
}

TEST(ResolveTest, BridgesTellsTheStateOfEach) {
  ResolverBed bed(
      {MakeBridge(1, "bn1", {"10.1.0.1/24"}), MakeBridge(2, "bn2", {})});
  bed.Announce(1, "10.1.0.5",
               Response({AddressRecord("Zeta.local", "10.1.0.5"),
                         AddressRecord("alpha.local", "10.66.0.5")}));
  const std::vector<BridgeState> states = bed.resolver->Bridges();
  ASSERT_THAT(states, SizeIs(2));
  EXPECT_EQ(states[0].name, "bn1");
  EXPECT_TRUE(states[0].up);
  EXPECT_THAT(states[0].known_hosts, ElementsAre("alpha.local", "zeta.local"));
  EXPECT_THAT(states[1].problem, HasSubstr("no address"));
}

TEST(ResolveTest, StatisticsTellWhatHappenedOnEachBridge) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/24", "fe80::1/64"}),
                   MakeBridge(2, "bn2", {"10.2.0.1/24"})});
  bed.Announce(1, "10.1.0.5",
               Response({AddressRecord("zeta.local", "10.1.0.5"),
                         AddressRecord("zeta.local", "fe80::5"),
                         AddressRecord("alpha.local", "10.66.0.5")}));
  bed.Resolve("zeta.local");
  const auto asked = bed.Resolve("nobody.local");
  bed.Resolve("nobody.example");
  bed.loop.Advance(absl::Seconds(3));
  EXPECT_FALSE(asked->ok());

  const BridgeStatistics bn1 = bed.StatisticsOf(1);
  EXPECT_EQ(bn1.packets_received, 1);
  EXPECT_EQ(bn1.responses_accepted, 1);
  EXPECT_EQ(bn1.rejected[Rejection::kAddressOffLink], 1);
  EXPECT_EQ(bn1.cache_records, 3);
  EXPECT_GT(bn1.cache_bytes, 0);
  EXPECT_EQ(bn1.hosts_known, 2);
  const BridgeStatistics bn2 = bed.StatisticsOf(2);
  EXPECT_GT(bn2.packets_sent, 0);
  EXPECT_EQ(bn2.queries_sent, bn2.packets_sent);
  EXPECT_GT(bn1.packets_sent, bn1.queries_sent) << "over IPv4 and IPv6";
  EXPECT_EQ(bn2.packets_received, 0);

  const ResolverStatistics all = bed.resolver->Statistics();
  EXPECT_EQ(all.answered_from_cache, 1);
  EXPECT_EQ(all.answered_by_network, 0);
  EXPECT_EQ(all.failed, 2);

  bed.loop.Advance(absl::Minutes(3));
  EXPECT_EQ(bed.StatisticsOf(1).hosts_known, 0) << "their records ran out";
  bed.monitor.Remove(1);
  EXPECT_THAT(bed.resolver->Statistics().bridges, SizeIs(1));
}

TEST(ResolveTest, PatternsGoToTheMonitor) {
  ResolverBed bed;
  bed.resolver->SetBridgePatterns({"bn*"});
  bed.loop.RunPosted();
  EXPECT_THAT(bed.monitor.patterns(), ElementsAre("bn*"));
}

}  // namespace
}  // namespace localstore::resolver
