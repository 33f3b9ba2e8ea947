// Browse through the public face: what is told, asked and kept current.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "resolver/testing/resolver_bed.h"

namespace localstore::resolver {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kHttp[] = "_http._tcp.local";
constexpr char kWeb[] = "web._http._tcp.local";
constexpr char kHost[] = "app.local";

struct Browser {
  explicit Browser(ResolverBed* bed, const BrowseOptions& options = {})
      : bed(bed) {
    id = bed->resolver->Browse(
        options, [this](const BrowseEvent& event) { Note(event); },
        [this](absl::Status status) { failure = std::move(status); });
    bed->loop.RunPosted();
  }

  void Note(const BrowseEvent& event) {
    events.push_back(event);
    const char* kind = event.kind == BrowseEvent::Kind::kFound     ? "+"
                       : event.kind == BrowseEvent::Kind::kChanged ? "="
                                                                   : "-";
    told.push_back(absl::StrCat(kind, event.bridge, " ", event.service.instance,
                                " ", event.service.type, " ",
                                event.service.host, ":", event.service.port,
                                " ", absl::StrJoin(event.addresses, ",")));
  }

  ResolverBed* const bed;
  HostResolver::OperationId id = 0;
  std::vector<BrowseEvent> events;
  std::vector<std::string> told;
  absl::Status failure;
};

dns::Message WebAnnouncement(uint32_t ptr_ttl = 4500) {
  return Response({PtrRecord(kHttp, kWeb, ptr_ttl)},
                  {SrvRecord(kWeb, kHost, 8080), TxtRecord(kWeb, {"path=/"}),
                   AddressRecord(kHost, "10.1.0.5")});
}

ResolverBed OneBridge() {
  return ResolverBed({MakeBridge(1, "bn1", {"10.1.0.1/24"})});
}

TEST(BrowseTest, TellsWhatIsFoundWithAddressPortAndTxt) {
  ResolverBed bed;
  Browser browser(&bed);
  bed.Announce(1, "10.1.0.5", WebAnnouncement());
  EXPECT_THAT(browser.told,
              ElementsAre("+bn1 web _http._tcp app.local:8080 10.1.0.5"));
  ASSERT_THAT(browser.events, SizeIs(1));
  EXPECT_THAT(browser.events[0].service.txt, ElementsAre("path=/"));
}

TEST(BrowseTest, TellsWhatIsKnownAlreadyAtOnce) {
  ResolverBed bed;
  bed.Announce(1, "10.1.0.5", WebAnnouncement());
  Browser browser(&bed);
  EXPECT_THAT(browser.told, SizeIs(1));
}

TEST(BrowseTest, TheUsualTypesAreAskedForWhenNoneIsNamed) {
  ResolverBed bed;
  Browser browser(&bed);
  ASSERT_THAT(bed.transport.sent, SizeIs(2));
  for (const char* type :
       {"_workstation._tcp.local", "_http._tcp.local", "_https._tcp.local"}) {
    EXPECT_TRUE(Asks(bed.transport.sent[0].message, type, dns::Type::kPtr));
  }
}

TEST(BrowseTest, AServiceIsTheBridgesThatItIsHeardOn) {
  ResolverBed bed;
  Browser browser(&bed);
  bed.Announce(1, "10.1.0.5", WebAnnouncement());
  bed.Announce(2, "10.2.0.5", WebAnnouncement());
  EXPECT_THAT(browser.told,
              ElementsAre("+bn1 web _http._tcp app.local:8080 10.1.0.5",
                          "+bn2 web _http._tcp app.local:8080 10.1.0.5"));
}

TEST(BrowseTest, TellsChanges) {
  ResolverBed bed;
  Browser browser(&bed);
  bed.Announce(1, "10.1.0.5", WebAnnouncement());
  bed.loop.Advance(absl::Seconds(10));
  bed.Announce(1, "10.1.0.8", Response({AddressRecord(kHost, "10.1.0.8")}));
  bed.Announce(1, "10.1.0.8", Response({SrvRecord(kWeb, kHost, 9090)}));
  bed.loop.Advance(absl::Seconds(2));
  EXPECT_THAT(browser.told,
              ElementsAre("+bn1 web _http._tcp app.local:8080 10.1.0.5",
                          "=bn1 web _http._tcp app.local:8080 10.1.0.8",
                          "=bn1 web _http._tcp app.local:9090 10.1.0.8"));
}

TEST(BrowseTest, AGoodbyeIsALossASecondLater) {
  ResolverBed bed;
  Browser browser(&bed);
  bed.Announce(1, "10.1.0.5", WebAnnouncement());
  bed.Announce(1, "10.1.0.5", Response({PtrRecord(kHttp, kWeb, 0)}));
  bed.loop.Advance(absl::Milliseconds(999));
  EXPECT_THAT(browser.told, SizeIs(1));
  bed.loop.Advance(absl::Milliseconds(100));
  EXPECT_THAT(browser.told,
              ElementsAre("+bn1 web _http._tcp app.local:8080 10.1.0.5",
                          "-bn1 web _http._tcp app.local:8080 10.1.0.5"));
}

TEST(BrowseTest, ABridgeThatGoesLosesItsServices) {
  ResolverBed bed;
  Browser browser(&bed);
  bed.Announce(1, "10.1.0.5", WebAnnouncement());
  bed.monitor.Remove(1);
  ASSERT_THAT(browser.told, SizeIs(2));
  EXPECT_EQ(browser.events[1].kind, BrowseEvent::Kind::kLost);
  bed.monitor.Set(MakeBridge(5, "bn1", {"10.1.0.1/24"}));
  bed.loop.Advance(absl::Milliseconds(120));
  EXPECT_THAT(bed.SentOn(5, Channel::kMulticast), SizeIs(1));
  bed.Announce(5, "10.1.0.5", WebAnnouncement());
  ASSERT_THAT(browser.told, SizeIs(3));
  EXPECT_EQ(browser.events[2].kind, BrowseEvent::Kind::kFound);
}

TEST(BrowseTest, ABridgeThatGoesDownLosesItsServices) {
  ResolverBed bed;
  Browser browser(&bed);
  bed.Announce(1, "10.1.0.5", WebAnnouncement());
  Bridge down = MakeBridge(1, "bn1", {"10.1.0.1/24"});
  down.up = false;
  bed.monitor.Set(down);
  bed.loop.Advance(absl::Milliseconds(50));
  EXPECT_THAT(browser.told, SizeIs(2));
}

TEST(BrowseTest, AsksForWhatAnAnswerLeftOut) {
  ResolverBed bed = OneBridge();
  Browser browser(&bed);
  bed.Announce(1, "10.1.0.5", Response({PtrRecord(kHttp, kWeb)}));
  EXPECT_THAT(browser.told, IsEmpty()) << "nobody knows where it is";
  bed.loop.Advance(absl::Milliseconds(100));
  ASSERT_THAT(bed.transport.sent, SizeIs(2));
  EXPECT_TRUE(Asks(bed.transport.sent[1].message, kWeb, dns::Type::kSrv));
  EXPECT_TRUE(Asks(bed.transport.sent[1].message, kWeb, dns::Type::kTxt));
  bed.Announce(1, "10.1.0.5", Response({SrvRecord(kWeb, kHost, 8080)}));
  bed.loop.Advance(absl::Milliseconds(100));
  ASSERT_THAT(bed.transport.sent, SizeIs(3));
  EXPECT_TRUE(Asks(bed.transport.sent[2].message, kHost, dns::Type::kA));
  bed.Announce(1, "10.1.0.5", Response({AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(absl::Milliseconds(100));
  EXPECT_EQ(browser.told.back(), "=bn1 web _http._tcp app.local:8080 10.1.0.5");
}

TEST(BrowseTest, AServiceWhoseSrvRecordRunsOutIsLostUntilItIsThereAgain) {
  ResolverBed bed = OneBridge();
  Browser browser(&bed);
  bed.Announce(1, "10.1.0.5", WebAnnouncement());
  bed.loop.Advance(absl::Seconds(119));
  EXPECT_THAT(browser.told, SizeIs(1));
  bed.loop.Advance(absl::Seconds(2));
  ASSERT_THAT(browser.events, SizeIs(Ge(2U)));
  EXPECT_EQ(browser.events.back().kind, BrowseEvent::Kind::kLost);
  for (const BrowseEvent& event : browser.events) {
    EXPECT_NE(event.service.host, "");
    EXPECT_NE(event.service.port, 0);
  }
  EXPECT_TRUE(Asks(bed.transport.sent.back().message, kWeb, dns::Type::kSrv));
  Browser late(&bed);
  EXPECT_THAT(late.told, IsEmpty());
  bed.Announce(1, "10.1.0.5",
               Response({SrvRecord(kWeb, kHost, 8080)},
                        {AddressRecord(kHost, "10.1.0.5")}));
  bed.loop.Advance(absl::Milliseconds(100));
  EXPECT_EQ(browser.events.back().kind, BrowseEvent::Kind::kFound);
  EXPECT_THAT(late.told,
              ElementsAre("+bn1 web _http._tcp app.local:8080 10.1.0.5"));
}

TEST(BrowseTest, WhatIsNeverAnsweredIsAskedForThreeTimesOnly) {
  ResolverBed bed = OneBridge();
  Browser browser(&bed);
  bed.Announce(1, "10.1.0.5", Response({PtrRecord(kHttp, kWeb)}));
  bed.loop.Advance(absl::Minutes(10));
  int asked = 0;
  for (const SentQuery& query : bed.transport.sent) {
    if (Asks(query.message, kWeb, dns::Type::kSrv)) ++asked;
  }
  EXPECT_EQ(asked, 3);
}

TEST(BrowseTest, TheMetaTypeListsTypes) {
  ResolverBed bed = OneBridge();
  BrowseOptions options;
  options.types = {"_services._dns-sd._udp"};
  Browser browser(&bed, options);
  bed.Announce(1, "10.1.0.5",
               Response({PtrRecord("_services._dns-sd._udp.local", kHttp)}));
  EXPECT_THAT(browser.told,
              ElementsAre("+bn1 _http._tcp _services._dns-sd._udp :0 "));
  bed.loop.Advance(absl::Milliseconds(500));
  EXPECT_THAT(bed.transport.sent, SizeIs(1)) << "a type has no SRV record";
}

TEST(BrowseTest, TwoWhoBrowseShareTheQueries) {
  ResolverBed bed = OneBridge();
  Browser one(&bed);
  bed.Announce(1, "10.1.0.5", WebAnnouncement());
  bed.loop.Advance(absl::Milliseconds(500));
  Browser other(&bed);
  EXPECT_THAT(bed.transport.sent, SizeIs(1));
  EXPECT_EQ(other.told, one.told);
}

TEST(BrowseTest, WhoComesLateAsksAgain) {
  ResolverBed bed = OneBridge();
  Browser one(&bed);
  bed.loop.Advance(absl::Seconds(100));
  const size_t sent = bed.transport.sent.size();
  Browser other(&bed);
  EXPECT_THAT(bed.transport.sent, SizeIs(sent + 1));
}

TEST(BrowseTest, CancelEndsEventsQueriesAndTimers) {
  ResolverBed bed = OneBridge();
  Browser browser(&bed);
  bed.resolver->Cancel(browser.id);
  bed.loop.RunPosted();
  const size_t sent = bed.transport.sent.size();
  bed.Announce(1, "10.1.0.5", WebAnnouncement());
  bed.loop.Advance(absl::Hours(2));
  EXPECT_THAT(browser.told, IsEmpty());
  EXPECT_EQ(bed.transport.sent.size(), sent);
  EXPECT_EQ(bed.loop.timers(), 0U);
}

TEST(BrowseTest, APinSelectsTheBridge) {
  ResolverBed bed;
  BrowseOptions options;
  options.bridges = {"bn2"};
  Browser browser(&bed, options);
  bed.Announce(1, "10.1.0.5", WebAnnouncement());
  EXPECT_THAT(browser.told, IsEmpty());
  EXPECT_THAT(bed.SentOn(1, Channel::kMulticast), IsEmpty());
  EXPECT_THAT(bed.SentOn(2, Channel::kMulticast), SizeIs(1));
}

TEST(BrowseTest, BadTypesAndBridgesEndIt) {
  ResolverBed bed;
  BrowseOptions options;
  options.types = {"_http._tcp", "http", "_x._tcp.local.", "_a._sctp"};
  Browser types(&bed, options);
  EXPECT_EQ(ReasonOf(types.failure), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_THAT(std::string(types.failure.message()),
              AllOf(HasSubstr("types[1]"), HasSubstr("types[3]")));
  options.types = {};
  options.bridges = {"bn7"};
  Browser bridges(&bed, options);
  EXPECT_EQ(ReasonOf(bridges.failure), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_THAT(std::string(bridges.failure.message()), HasSubstr("bridges[0]"));
  options.bridges = {};
  options.types.assign(33, "_http._tcp");
  Browser many(&bed, options);
  EXPECT_THAT(std::string(many.failure.message()), HasSubstr("types: "));
}

TEST(BrowseTest, WithoutBridgesItWaitsForOne) {
  ResolverBed bed(std::vector<Bridge>{});
  Browser browser(&bed);
  EXPECT_TRUE(browser.failure.ok());
  bed.monitor.Set(MakeBridge(1, "bn1", {"10.1.0.1/24"}));
  bed.Announce(1, "10.1.0.5", WebAnnouncement());
  EXPECT_THAT(browser.told, SizeIs(1));
}

TEST(BrowseTest, InvalidUtf8IsReplaced) {
  ResolverBed bed = OneBridge();
  Browser browser(&bed);
  bed.Announce(1, "10.1.0.5",
               Response({PtrRecord(kHttp, "w\xFF._http._tcp.local")},
                        {SrvRecord("w\xFF._http._tcp.local", "h\xFE.local", 1),
                         TxtRecord("w\xFF._http._tcp.local", {"a=\xC3("})}));
  ASSERT_THAT(browser.events, SizeIs(1));
  EXPECT_EQ(browser.events[0].service.instance, "w\xEF\xBF\xBD");
  EXPECT_EQ(browser.events[0].service.host, "h\xEF\xBF\xBD.local");
  EXPECT_THAT(browser.events[0].service.txt, ElementsAre("a=\xEF\xBF\xBD("));
}

TEST(BrowseTest, AFloodOfServicesIsBounded) {
  ResolverBed bed = OneBridge();
  Browser browser(&bed);
  bed.Announce(1, "10.1.0.5", WebAnnouncement());
  for (int i = 0; i < 3000; ++i) {
    const std::string instance = absl::StrCat("x", i, "._http._tcp.local");
    bed.Announce(1, "10.1.0.66",
                 Response({PtrRecord(kHttp, instance)},
                          {SrvRecord(instance, "x.local", 80)}));
    bed.loop.Advance(absl::Milliseconds(1));
  }
  bed.loop.Advance(absl::Milliseconds(100));
  int alive = 0;
  for (const BrowseEvent& event : browser.events) {
    if (event.kind == BrowseEvent::Kind::kFound) ++alive;
    if (event.kind == BrowseEvent::Kind::kLost) {
      --alive;
      EXPECT_NE(event.service.instance, "web") << "the other App's is lost";
    }
  }
  EXPECT_LE(alive, 512);
  EXPECT_LE(bed.transport.sent.size(), 100U) << "asks without bounds";
}

}  // namespace
}  // namespace localstore::resolver
