// What RFC 6762 demands of a querier, by section, through the public face. What
// concerns the parts alone is tested beside them: lifetimes (10) with the
// cache, compression and sizes (17, 18.14) with the reader and writer, off-link
// and foreign ports (6, 11) with the filter.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "resolver/testing/resolver_bed.h"

namespace localstore::resolver {
namespace {

using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kHost[] = "app.local";
constexpr char kHttp[] = "_http._tcp.local";

class Rfc6762Test : public ::testing::Test {
 protected:
  static std::vector<Bridge> OneBridge() {
    return {MakeBridge(1, "bn1", {"10.1.0.1/24", "fe80::1/64"})};
  }

  // A response that differs from a good one by what `change` does to it, then
  // whether it was believed.
  template <typename Change>
  static bool Believed(Change change) {
    ResolverBed bed(OneBridge());
    const auto call = bed.Resolve(kHost);
    Datagram datagram = FakeMdnsTransport::MulticastFrom(1, Ip("10.1.0.5"));
    dns::Message message = Response({AddressRecord(kHost, "10.1.0.5")});
    change(&datagram, &message);
    bed.transport.Deliver(datagram, message);
    return call->done();
  }
  static int64_t Rejected(ResolverBed* bed, Rejection reason) {
    return bed->StatisticsOf(1).rejected[reason];
  }

  // As many Apps as `count`, each with all the records of one service.
  void AnnounceServices(int count, uint32_t ttl) {
    for (int i = 0; i < count; ++i) {
      const std::string n = std::to_string(i);
      const std::string instance =
          "quite a long name of a service " + n + "._http._tcp.local";
      const std::string address = "10.1.0." + std::to_string(10 + i);
      bed_.Announce(
          1, address,
          Response({PtrRecord(kHttp, instance, ttl)},
                   {SrvRecord(instance, "h" + n + ".local", 80, ttl),
                    TxtRecord(instance, {"a=b"}, ttl),
                    AddressRecord("h" + n + ".local", address, ttl)}));
    }
  }

  HostResolver::OperationId Browse(const std::string& type) {
    BrowseOptions options;
    options.types = {type};
    const auto id = bed_.resolver->Browse(
        options, [this](const BrowseEvent& event) { events_.push_back(event); },
        [](const absl::Status& status) { ADD_FAILURE() << status; });
    bed_.loop.RunPosted();
    return id;
  }

  ResolverBed bed_{{MakeBridge(1, "bn1", {"10.1.0.1/24"})}};
  std::vector<BrowseEvent> events_;
};

TEST_F(Rfc6762Test, Section3NamesOutsideLocalAreNotAskedFor) {
  const auto call = bed_.Resolve("example.com");
  EXPECT_EQ(ReasonOf(call->status()), v1::ERROR_REASON_HOST_NOT_LOCAL);
  EXPECT_THAT(bed_.transport.sent, IsEmpty());
}

TEST_F(Rfc6762Test, Section5Dot1OneShotQueriesComeFromAnotherPort) {
  bed_.Resolve(kHost);
  bed_.loop.Advance(absl::Milliseconds(300));
  EXPECT_THAT(bed_.SentOn(1, Channel::kUnicast), SizeIs(1));
}

TEST_F(Rfc6762Test, Section5Dot2QueriesAreASecondApartAndThenTwiceAsFar) {
  Browse("_http._tcp");
  std::vector<absl::Duration> gaps;
  absl::Time last = bed_.loop.Now();
  size_t seen = 1;
  while (gaps.size() < 16) {
    bed_.loop.Advance(absl::Milliseconds(250));
    for (; seen < bed_.transport.sent.size(); ++seen) {
      gaps.push_back(bed_.loop.Now() - last);
      last = bed_.loop.Now();
    }
  }
  EXPECT_GE(gaps[0], absl::Seconds(1));
  for (size_t i = 1; i < gaps.size(); ++i) {
    EXPECT_GE(gaps[i] + absl::Seconds(1),
              std::min(gaps[i - 1] * 2, absl::Minutes(60)));
    EXPECT_LE(gaps[i], absl::Minutes(61));
  }
  EXPECT_GE(gaps.back(), absl::Minutes(60));
}

TEST_F(Rfc6762Test, Section5Dot2RecordsAreRefreshedWhileSomebodyIsInterested) {
  const auto id = Browse("_http._tcp");
  const std::string instance = "w._http._tcp.local";
  bed_.Announce(1, "10.1.0.5",
                Response({PtrRecord(kHttp, instance, 4500)},
                         {SrvRecord(instance, kHost, 80, 4500),
                          TxtRecord(instance, {}, 4500),
                          AddressRecord(kHost, "10.1.0.5", 1000)}));
  bed_.loop.Advance(absl::Seconds(790));
  const auto asked = [&] {
    int count = 0;
    for (const SentQuery& query : bed_.transport.sent) {
      if (Asks(query.message, kHost, dns::Type::kA)) ++count;
    }
    return count;
  };
  EXPECT_EQ(asked(), 0);
  bed_.loop.Advance(absl::Seconds(31));
  EXPECT_EQ(asked(), 1);
  bed_.loop.Advance(absl::Seconds(50));
  EXPECT_EQ(asked(), 2);
  bed_.loop.Advance(absl::Seconds(100));
  EXPECT_EQ(asked(), 4);
  bed_.resolver->Cancel(id);
}

TEST_F(Rfc6762Test, Section5Dot2NobodyInterestedNothingIsRefreshed) {
  bed_.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  EXPECT_TRUE(bed_.Resolve(kHost)->ok());
  bed_.loop.Advance(absl::Minutes(5));
  EXPECT_THAT(bed_.transport.sent, IsEmpty());
}

TEST_F(Rfc6762Test, Section5Dot2QueriesTriggeredTogetherAreSpread) {
  bed_.Resolve("a.local");
  bed_.Resolve("b.local");
  bed_.monitor.Set(MakeBridge(2, "bn2", {"10.2.0.1/24"}));
  EXPECT_THAT(bed_.SentOn(2, Channel::kMulticast), IsEmpty());
  bed_.loop.Advance(absl::Milliseconds(120));
  EXPECT_THAT(bed_.SentOn(2, Channel::kMulticast), SizeIs(2));
}

TEST_F(Rfc6762Test, Section5Dot3SeveralQuestionsGoInOneQuery) {
  bed_.Resolve(kHost);
  ASSERT_THAT(bed_.transport.sent, SizeIs(1));
  EXPECT_THAT(bed_.transport.sent[0].message.questions.size(), Gt(1U));
}

TEST_F(Rfc6762Test, Section5Dot4MulticastQueriesDoNotWantUnicastAnswers) {
  bed_.Resolve(kHost);
  for (const dns::Question& question :
       bed_.transport.sent[0].message.questions) {
    EXPECT_FALSE(question.unicast_response);
  }
}

TEST_F(Rfc6762Test, Section6ResponsesFromAnotherPortAreIgnored) {
  EXPECT_TRUE(Believed([](Datagram*, dns::Message*) {}));
  EXPECT_FALSE(Believed(
      [](Datagram* datagram, dns::Message*) { datagram->source_port = 5354; }));
}

TEST_F(Rfc6762Test, Section6UnicastResponsesAreForARecentQueryOnly) {
  const auto call = bed_.Resolve(kHost);
  bed_.AnswerOneShot(1, "10.1.0.5",
                     Response({AddressRecord(kHost, "10.1.0.5", 10, false)}));
  EXPECT_FALSE(call->done()) << "nothing was asked that way";
  EXPECT_EQ(Rejected(&bed_, Rejection::kUnsolicitedUnicast), 1);
  bed_.loop.Advance(absl::Milliseconds(250));
  bed_.AnswerOneShot(1, "10.1.0.5",
                     Response({AddressRecord(kHost, "10.1.0.5", 10, false)}));
  EXPECT_TRUE(call->ok());
}

TEST_F(Rfc6762Test, Section6ALateUnicastResponseIsIgnored) {
  ResolveOptions options;
  options.timeout = absl::Minutes(1);
  const auto call = bed_.Resolve(kHost, options);
  // The last one-shot query before was sent at 15.25 s.
  bed_.loop.Advance(absl::Milliseconds(17'251));
  bed_.AnswerOneShot(1, "10.1.0.5",
                     Response({AddressRecord(kHost, "10.1.0.5", 10, false)}));
  EXPECT_FALSE(call->done());
}

TEST_F(Rfc6762Test, Section6AnswersInAnySectionAndOrderAreMerged) {
  const auto call = bed_.Resolve(kHost);
  const std::string instance = "w._http._tcp.local";
  bed_.Announce(1, "10.1.0.5", Response({}, {SrvRecord(instance, kHost, 80)}));
  bed_.Announce(1, "10.1.0.5", Response({PtrRecord(kHttp, instance)}));
  EXPECT_FALSE(call->done());
  bed_.Announce(1, "10.1.0.5",
                Response({}, {AddressRecord(kHost, "10.1.0.5")}));
  ASSERT_TRUE(call->ok());
  EXPECT_THAT(call->resolution().endpoints[0].services, SizeIs(1));
}

TEST_F(Rfc6762Test, Section6Dot1AnNsecThatCannotBeReadDropsNothingElse) {
  const auto call = bed_.Resolve(kHost);
  dns::Record broken =
      MakeRecord(kHost, dns::Type::kNsec, dns::OpaqueData{"\xC0"}, 120, true);
  dns::Message message = Response({broken, AddressRecord(kHost, "10.1.0.5")});
  auto bytes = dns::WriteMessage(message);
  if (!bytes.ok()) {
    // The writer refuses it: write it as an unknown type, then rename it.
    message.answers[0].type = static_cast<dns::Type>(0xFA17);
    bytes = dns::WriteMessage(message);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    for (size_t i = 0; i + 1 < bytes->size(); ++i) {
      if ((*bytes)[i] == 0xFA && (*bytes)[i + 1] == 0x17) {
        (*bytes)[i] = 0;
        (*bytes)[i + 1] = 47;
        break;
      }
    }
  }
  bed_.transport.Deliver(FakeMdnsTransport::MulticastFrom(1, Ip("10.1.0.5")),
                         *bytes);
  EXPECT_TRUE(call->ok());
}

TEST_F(Rfc6762Test, Section6Dot7OneShotAnswersRepeatIdAndQuestion) {
  const auto call = bed_.Resolve(kHost);
  bed_.loop.Advance(absl::Milliseconds(250));
  const auto sent = bed_.SentOn(1, Channel::kUnicast);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_NE(sent[0].message.id, 0);
  EXPECT_THAT(sent[0].message.answers, IsEmpty());
  dns::Message answer =
      Response({AddressRecord(kHost, "10.1.0.5", 10, /*flush=*/false)});
  answer.questions = sent[0].message.questions;
  answer.questions.push_back({N("other.local"), dns::Type::kA, 1, false});
  bed_.AnswerOneShot(1, "10.1.0.5", answer);
  EXPECT_FALSE(call->done());
  EXPECT_EQ(Rejected(&bed_, Rejection::kMismatchedQuestion), 1);
  answer.questions.pop_back();
  bed_.AnswerOneShot(1, "10.1.0.5", answer);
  EXPECT_TRUE(call->ok());
}

TEST_F(Rfc6762Test, Section7Dot1KnownAnswersAreListed) {
  AnnounceServices(1, 4500);
  Browse("_http._tcp");
  ASSERT_THAT(bed_.transport.sent, SizeIs(1));
  const std::vector<dns::Record>& known =
      bed_.transport.sent[0].message.answers;
  ASSERT_THAT(known, SizeIs(1));
  EXPECT_EQ(known[0].name, N(kHttp));
  EXPECT_FALSE(known[0].cache_flush);
  EXPECT_EQ(known[0].ttl, 4500U);
}

TEST_F(Rfc6762Test, Section7Dot1RecordsPastHalfTheirLifeAreNotListed) {
  AnnounceServices(1, 100);
  bed_.loop.Advance(absl::Seconds(50));
  Browse("_http._tcp");
  ASSERT_THAT(bed_.transport.sent, SizeIs(1));
  EXPECT_THAT(bed_.transport.sent[0].message.answers, IsEmpty());
}

TEST_F(Rfc6762Test, Section7Dot2LongListsOfKnownAnswersTakeSeveralPackets) {
  AnnounceServices(120, 4500);
  Browse("_http._tcp");
  ASSERT_THAT(bed_.transport.sent.size(), Gt(2U));
  size_t known = 0;
  for (size_t i = 0; i < bed_.transport.sent.size(); ++i) {
    const SentQuery& query = bed_.transport.sent[i];
    EXPECT_EQ(query.message.truncated, i + 1 < bed_.transport.sent.size());
    EXPECT_EQ(query.message.questions.size(), i == 0 ? 1U : 0U);
    EXPECT_LE(query.bytes, 1440U);
    known += query.message.answers.size();
  }
  EXPECT_EQ(known, 120U);
}

TEST_F(Rfc6762Test, Section7Dot2LookupsDoNotMakeRespondersWait) {
  AnnounceServices(120, 4500);
  bed_.Resolve("other.local");
  ASSERT_THAT(bed_.transport.sent, SizeIs(1));
  EXPECT_FALSE(bed_.transport.sent[0].message.truncated);
  EXPECT_TRUE(
      Asks(bed_.transport.sent[0].message, "other.local", dns::Type::kA));
  for (const SentQuery& query : bed_.transport.companions) {
    EXPECT_FALSE(query.message.truncated);
  }
}

// A query that another host multicasts.
class Rfc6762DuplicateQuestionTest : public Rfc6762Test {
 protected:
  void Overhear(const std::string& name, dns::Type type) {
    dns::Message query;
    query.questions.emplace_back();
    query.questions[0].name = N(name);
    query.questions[0].type = type;
    bed_.Announce(1, "10.1.0.77", query);
  }
  size_t Sent() const { return bed_.SentOn(1, Channel::kMulticast).size(); }
};

TEST_F(Rfc6762DuplicateQuestionTest,
       Section7Dot3ABrowseLeavesAQuestionToOthers) {
  Browse("_http._tcp");
  EXPECT_EQ(Sent(), 1U);
  bed_.loop.Advance(absl::Milliseconds(900));
  Overhear(kHttp, dns::Type::kPtr);
  bed_.loop.Advance(absl::Milliseconds(1000));
  EXPECT_EQ(Sent(), 1U) << "it counts as ours, due after a second";
  bed_.loop.Advance(absl::Milliseconds(1000));
  Overhear(kHttp, dns::Type::kPtr);
  bed_.loop.Advance(absl::Milliseconds(500));
  EXPECT_EQ(Sent(), 2U) << "not left to others twice in a row";
}

TEST_F(Rfc6762DuplicateQuestionTest, Section7Dot3ALookupAsksOnlyByOneShotThen) {
  bed_.Resolve(kHost);
  bed_.loop.Advance(absl::Milliseconds(900));
  const size_t unicast = bed_.SentOn(1, Channel::kUnicast).size();
  Overhear(kHost, dns::Type::kA);
  bed_.loop.Advance(absl::Milliseconds(200));
  EXPECT_EQ(Sent(), 1U);
  EXPECT_EQ(bed_.SentOn(1, Channel::kUnicast).size(), unicast + 1);
}

TEST_F(Rfc6762DuplicateQuestionTest, Section7Dot3TheFirstQuestionIsNeverLeft) {
  Browse("_ipp._tcp");
  Overhear(kHost, dns::Type::kA);
  Overhear(kHttp, dns::Type::kPtr);
  const size_t before = Sent();
  Browse("_http._tcp");
  EXPECT_EQ(Sent(), before + 1);
  bed_.Resolve(kHost);
  EXPECT_EQ(Sent(), before + 2);
}

TEST_F(Rfc6762DuplicateQuestionTest, Section7Dot3OurOwnQuestionsAreNoOthers) {
  Browse("_http._tcp");
  bed_.loop.Advance(absl::Milliseconds(900));
  dns::Message query;
  query.questions.emplace_back();
  query.questions[0].name = N(kHttp);
  query.questions[0].type = dns::Type::kPtr;
  bed_.Announce(1, "10.1.0.1", query);
  bed_.loop.Advance(absl::Milliseconds(200));
  EXPECT_EQ(Sent(), 2U);
}

TEST_F(Rfc6762Test, Section10Dot1AHostThatSaysGoodbyeIsAskedForAgain) {
  bed_.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed_.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5", 0)}));
  const auto call = bed_.Resolve(kHost);
  EXPECT_FALSE(call->done());
  EXPECT_THAT(bed_.transport.sent, SizeIs(1));
}

TEST_F(Rfc6762Test, Section10Dot2TheFlushBitReplacesAnAddress) {
  bed_.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed_.loop.Advance(absl::Seconds(2));
  bed_.Announce(1, "10.1.0.8", Response({AddressRecord(kHost, "10.1.0.8")}));
  EXPECT_THAT(bed_.Resolve(kHost)->addresses(), ElementsAre("10.1.0.8%bn1"));
}

TEST_F(Rfc6762Test, Section10Dot2TwoAddressesOfOneAnnouncementBothHold) {
  bed_.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed_.loop.Advance(absl::Milliseconds(900));
  bed_.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.6")}));
  bed_.loop.Advance(absl::Seconds(5));
  EXPECT_THAT(bed_.Resolve(kHost)->addresses(),
              ElementsAre("10.1.0.6%bn1", "10.1.0.5%bn1"));
}

TEST_F(Rfc6762Test, Section11UnicastResponsesFromOffTheLinkAreIgnored) {
  const auto call = bed_.Resolve(kHost);
  bed_.loop.Advance(absl::Milliseconds(250));
  bed_.AnswerOneShot(1, "192.168.1.5",
                     Response({AddressRecord(kHost, "10.1.0.5", 10, false)}));
  EXPECT_FALSE(call->done());
  EXPECT_EQ(Rejected(&bed_, Rejection::kOffLinkSource), 1);
}

TEST_F(Rfc6762Test, Section14TheSameNameOnTwoLinksIsTwoHosts) {
  ResolverBed bed;
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.Announce(2, "10.2.0.5", Response({AddressRecord(kHost, "10.2.0.5")}));
  bed.loop.Advance(absl::Seconds(5));
  // A flush on one link is nothing to the other.
  bed.Announce(2, "10.2.0.6", Response({AddressRecord(kHost, "10.2.0.6")}));
  EXPECT_THAT(bed.Resolve(kHost)->addresses(),
              ElementsAre("10.1.0.5%bn1", "10.2.0.6%bn2"));
}

TEST_F(Rfc6762Test, Section16NamesCompareWithoutAsciiCase) {
  const auto call = bed_.Resolve("App.local");
  bed_.Announce(1, "10.1.0.5",
                Response({AddressRecord("APP.Local", "10.1.0.5")}));
  EXPECT_TRUE(call->ok());
}

TEST_F(Rfc6762Test, Section16OtherLettersCompareAsTheyAre) {
  const auto call = bed_.Resolve("caf\xC3\xA9.local");  // é
  bed_.Announce(1, "10.1.0.5",
                Response({AddressRecord("caf\xC3\x89.local", "10.1.0.5")}));
  EXPECT_FALSE(call->done());
  bed_.Announce(1, "10.1.0.5",
                Response({AddressRecord("CAF\xC3\xA9.local", "10.1.0.5")}));
  EXPECT_TRUE(call->ok());
}

TEST_F(Rfc6762Test, Section17DatagramsThatWereCutAreIgnored) {
  EXPECT_FALSE(Believed(
      [](Datagram* datagram, dns::Message*) { datagram->truncated = true; }));
}

TEST_F(Rfc6762Test, Section18Dot1TheIdIsZeroAndIgnoredOnMulticast) {
  bed_.Resolve(kHost);
  EXPECT_EQ(bed_.transport.sent[0].message.id, 0);
  EXPECT_TRUE(
      Believed([](Datagram*, dns::Message* message) { message->id = 0x1234; }));
}

TEST_F(Rfc6762Test, Section18Dot2QueriesAreNoAnswers) {
  // A probe proposes records in its authority section.
  EXPECT_FALSE(Believed([](Datagram*, dns::Message* message) {
    message->response = false;
    message->authorities = message->answers;
  }));
}

TEST_F(Rfc6762Test, Section18Dot3OtherOpcodesAreIgnored) {
  EXPECT_FALSE(
      Believed([](Datagram*, dns::Message* message) { message->opcode = 4; }));
}

TEST_F(Rfc6762Test, Section18Dot4TheAuthoritativeBitDoesNotMatter) {
  EXPECT_TRUE(Believed([](Datagram*, dns::Message* message) {
    message->authoritative = false;
  }));
}

TEST_F(Rfc6762Test, Section18Dot5TheTruncatedBitOfAResponseDoesNotMatter) {
  EXPECT_TRUE(Believed(
      [](Datagram*, dns::Message* message) { message->truncated = true; }));
}

TEST_F(Rfc6762Test, Section18Dot11OtherResponseCodesAreIgnored) {
  EXPECT_FALSE(
      Believed([](Datagram*, dns::Message* message) { message->rcode = 3; }));
}

TEST_F(Rfc6762Test, Section18Dot13OtherClassesAreIgnored) {
  EXPECT_FALSE(Believed(
      [](Datagram*, dns::Message* message) { message->answers[0].klass = 3; }));
}

}  // namespace
}  // namespace localstore::resolver
