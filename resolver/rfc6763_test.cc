// What RFC 6763 demands of who browses, by section, through the public face.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "resolver/testing/resolver_bed.h"

namespace localstore::resolver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kHost[] = "app.local";
constexpr char kHttp[] = "_http._tcp.local";
constexpr char kCafe[] = "My\\.Store [a b] caf\xC3\xA9._http._tcp.local";

class Rfc6763Test : public ::testing::Test {
 protected:
  void Browse(const std::string& type) {
    BrowseOptions options;
    options.types = {type};
    bed_.resolver->Browse(
        options, [this](const BrowseEvent& event) { events_.push_back(event); },
        [](const absl::Status& status) { ADD_FAILURE() << status; });
    bed_.loop.RunPosted();
  }

  ResolverBed bed_{{MakeBridge(1, "bn1", {"10.1.0.1/24"})}};
  std::vector<BrowseEvent> events_;
};

TEST_F(Rfc6763Test, Section4InstancesAreFoundByPtrRecordsOfTheirType) {
  Browse("_http._tcp");
  ASSERT_THAT(bed_.transport.sent, SizeIs(1));
  EXPECT_TRUE(Asks(bed_.transport.sent[0].message, kHttp, dns::Type::kPtr));
  bed_.Announce(1, "10.1.0.5",
                Response({PtrRecord(kHttp, "w._http._tcp.local"),
                          PtrRecord("_ipp._tcp.local", "p._ipp._tcp.local"),
                          SrvRecord("w._http._tcp.local", kHost, 80),
                          SrvRecord("p._ipp._tcp.local", kHost, 631)}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].service.instance, "w");
}

TEST_F(Rfc6763Test, Section4Dot1APtrRecordToAnotherTypeIsNoInstance) {
  Browse("_http._tcp");
  bed_.Announce(1, "10.1.0.5",
                Response({PtrRecord(kHttp, "w._ipp._tcp.local"),
                          PtrRecord(kHttp, "local"), PtrRecord(kHttp, kHttp)}));
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(Rfc6763Test, Section4Dot3InstanceNamesAreAnyText) {
  Browse("_http._tcp");
  bed_.Announce(
      1, "10.1.0.5",
      Response({PtrRecord(kHttp, kCafe), SrvRecord(kCafe, kHost, 80)}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].service.instance, "My.Store [a b] caf\xC3\xA9");
  EXPECT_EQ(events_[0].service.type, "_http._tcp");
}

TEST_F(Rfc6763Test, Section5TheSrvRecordHasHostAndPort) {
  Browse("_http._tcp");
  bed_.Announce(1, "10.1.0.5",
                Response({PtrRecord(kHttp, "w._http._tcp.local"),
                          SrvRecord("w._http._tcp.local", "App.local", 8080)}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].service.host, kHost);
  EXPECT_EQ(events_[0].service.port, 8080);
}

TEST_F(Rfc6763Test, Section6Dot1AnEmptyTxtRecordIsNoData) {
  Browse("_http._tcp");
  bed_.Announce(1, "10.1.0.5",
                Response({PtrRecord(kHttp, "w._http._tcp.local"),
                          SrvRecord("w._http._tcp.local", kHost, 80),
                          TxtRecord("w._http._tcp.local", {""})}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_THAT(events_[0].service.txt, IsEmpty());
}

TEST_F(Rfc6763Test, Section6Dot3TxtStringsKeepTheirOrder) {
  Browse("_http._tcp");
  bed_.Announce(
      1, "10.1.0.5",
      Response({PtrRecord(kHttp, "w._http._tcp.local"),
                SrvRecord("w._http._tcp.local", kHost, 80),
                TxtRecord("w._http._tcp.local", {"b=2", "a=1", "c"})}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_THAT(events_[0].service.txt, ElementsAre("b=2", "a=1", "c"));
}

TEST_F(Rfc6763Test, Section9TheMetaTypeListsTypes) {
  Browse("_services._dns-sd._udp.local");
  bed_.Announce(1, "10.1.0.5",
                Response({PtrRecord("_services._dns-sd._udp.local", kHttp)}));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_EQ(events_[0].service.instance, "_http._tcp");
}

TEST_F(Rfc6763Test, Section12AdditionalRecordsThatAreMissingAreAskedFor) {
  Browse("_http._tcp");
  bed_.Announce(1, "10.1.0.5",
                Response({PtrRecord(kHttp, "w._http._tcp.local")}));
  bed_.loop.Advance(absl::Milliseconds(100));
  const dns::Message& query = bed_.transport.sent.back().message;
  EXPECT_TRUE(Asks(query, "w._http._tcp.local", dns::Type::kSrv));
  EXPECT_TRUE(Asks(query, "w._http._tcp.local", dns::Type::kTxt));
}

TEST_F(Rfc6763Test, Section12AdditionalRecordsThatCameAreNotAskedFor) {
  Browse("_http._tcp");
  bed_.Announce(1, "10.1.0.5",
                Response({PtrRecord(kHttp, "w._http._tcp.local")},
                         {SrvRecord("w._http._tcp.local", kHost, 80),
                          TxtRecord("w._http._tcp.local", {}),
                          AddressRecord(kHost, "10.1.0.5")}));
  bed_.loop.Advance(absl::Milliseconds(900));
  EXPECT_THAT(bed_.transport.sent, SizeIs(1));
}

}  // namespace
}  // namespace localstore::resolver
