#include "resolver/cache/record_cache.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "resolver/testing/records.h"

namespace localstore::resolver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Outcome = RecordCache::Outcome;

class RecordCacheTest : public ::testing::Test {
 protected:
  Outcome Insert(const dns::Record& record, bool one_shot = false) {
    RecordCache::Arrival arrival;
    arrival.source = Ip("10.1.0.5");
    arrival.now = now_;
    arrival.one_shot = one_shot;
    return cache_.Insert(record, arrival);
  }
  void Advance(absl::Duration time) {
    now_ += time;
    cache_.Expire(now_);
  }
  std::vector<std::string> Addresses(const std::string& host = "a.local") {
    std::vector<std::string> addresses;
    for (const CachedRecord* cached :
         cache_.Find(N(host), dns::Type::kA, now_)) {
      addresses.push_back(
          std::get<dns::AddressData>(cached->record.data).address.ToString() +
          (cached->leaving ? " leaving" : ""));
    }
    return addresses;
  }
  static dns::Question Q(const std::string& name, dns::Type type) {
    dns::Question question;
    question.name = N(name);
    question.type = type;
    return question;
  }

  absl::Time now_ = absl::FromUnixSeconds(1000);
  std::vector<std::string> removed_;
  RecordCache cache_{StoreLimits(), [this](const CachedRecord& cached) {
                       removed_.push_back(cached.record.name.ToString());
                     }};
};

TEST_F(RecordCacheTest, Section10RecordsLiveAsLongAsTheySay) {
  EXPECT_EQ(Insert(AddressRecord("a.local", "10.1.0.5", 120)), Outcome::kAdded);
  Advance(absl::Seconds(119));
  EXPECT_THAT(Addresses(), SizeIs(1));
  EXPECT_EQ(cache_.NextExpiry(), now_ + absl::Seconds(1));
  Advance(absl::Seconds(1));
  EXPECT_THAT(Addresses(), IsEmpty());
  EXPECT_THAT(removed_, ElementsAre("a.local"));
  EXPECT_EQ(cache_.NextExpiry(), absl::InfiniteFuture());
}

TEST_F(RecordCacheTest, ALifeBeyondReasonIsCutTo75Minutes) {
  Insert(AddressRecord("a.local", "10.1.0.5", 0x7FFFFFFF));
  EXPECT_EQ(cache_.NextExpiry(), now_ + absl::Minutes(75));
  Insert(AddressRecord("b.local", "10.1.0.6", 0xFFFFFFFF));
  EXPECT_EQ(cache_.NextExpiry(), now_ + absl::Minutes(75));
}

TEST_F(RecordCacheTest, TheSameRecordAgainBeginsANewLife) {
  Insert(AddressRecord("a.local", "10.1.0.5", 120));
  Advance(absl::Seconds(100));
  EXPECT_EQ(Insert(AddressRecord("A.LOCAL", "10.1.0.5", 120)),
            Outcome::kRefreshed);
  Advance(absl::Seconds(100));
  EXPECT_THAT(Addresses(), SizeIs(1));
}

TEST_F(RecordCacheTest, Section10Dot1AGoodbyeTakesASecond) {
  Insert(AddressRecord("a.local", "10.1.0.5"));
  EXPECT_EQ(Insert(AddressRecord("a.local", "10.1.0.5", 0)), Outcome::kLeaving);
  EXPECT_THAT(Addresses(), ElementsAre("10.1.0.5 leaving"));
  Advance(absl::Milliseconds(999));
  EXPECT_THAT(Addresses(), SizeIs(1));
  Advance(absl::Milliseconds(1));
  EXPECT_THAT(Addresses(), IsEmpty());
}

TEST_F(RecordCacheTest, Section10Dot1AGoodbyeCanBeTakenBack) {
  Insert(AddressRecord("a.local", "10.1.0.5"));
  Insert(AddressRecord("a.local", "10.1.0.5", 0));
  Advance(absl::Milliseconds(500));
  EXPECT_EQ(Insert(AddressRecord("a.local", "10.1.0.5")), Outcome::kAdded);
  Advance(absl::Seconds(60));
  EXPECT_THAT(Addresses(), ElementsAre("10.1.0.5"));
}

TEST_F(RecordCacheTest, Section10Dot1RepeatedGoodbyesDoNotProlongIt) {
  Insert(AddressRecord("a.local", "10.1.0.5"));
  Insert(AddressRecord("a.local", "10.1.0.5", 0));
  Advance(absl::Milliseconds(900));
  Insert(AddressRecord("a.local", "10.1.0.5", 0));
  Advance(absl::Milliseconds(100));
  EXPECT_THAT(Addresses(), IsEmpty());
}

TEST_F(RecordCacheTest, AGoodbyeOfWhatIsNotKnownIsNothing) {
  EXPECT_EQ(Insert(AddressRecord("a.local", "10.1.0.5", 0)), Outcome::kIgnored);
  EXPECT_EQ(cache_.size(), 0);
}

TEST_F(RecordCacheTest, Section10Dot2TheFlushBitReplacesOlderRecords) {
  Insert(AddressRecord("a.local", "10.1.0.5"));
  Advance(absl::Seconds(10));
  Insert(AddressRecord("a.local", "10.1.0.8"));
  EXPECT_THAT(Addresses(), ElementsAre("10.1.0.5 leaving", "10.1.0.8"));
  Advance(absl::Seconds(1));
  EXPECT_THAT(Addresses(), ElementsAre("10.1.0.8"));
}

TEST_F(RecordCacheTest, Section10Dot2TheFlushBitSparesTheLastSecond) {
  Insert(AddressRecord("a.local", "10.1.0.5"));
  Advance(absl::Milliseconds(900));
  Insert(AddressRecord("a.local", "10.1.0.8"));
  Advance(absl::Seconds(60));
  EXPECT_THAT(Addresses(), ElementsAre("10.1.0.5", "10.1.0.8"));
}

TEST_F(RecordCacheTest, Section10Dot2TheFlushBitKeepsWhatIsAnnouncedWithIt) {
  Insert(AddressRecord("a.local", "10.1.0.5"));
  Insert(AddressRecord("a.local", "10.1.0.8"));
  Advance(absl::Seconds(60));
  Insert(AddressRecord("a.local", "10.1.0.5"));
  Insert(AddressRecord("a.local", "10.1.0.8"));
  EXPECT_THAT(Addresses(), ElementsAre("10.1.0.5", "10.1.0.8"));
}

TEST_F(RecordCacheTest, Section10Dot2TheFlushBitIsForItsOwnSet) {
  Insert(AddressRecord("a.local", "fe80::5"));
  Insert(AddressRecord("b.local", "10.1.0.6"));
  Advance(absl::Seconds(10));
  Insert(AddressRecord("a.local", "10.1.0.8"));
  Advance(absl::Seconds(10));
  EXPECT_EQ(cache_.size(), 3);
}

TEST_F(RecordCacheTest, Section10Dot2WithoutTheFlushBitRecordsAddUp) {
  Insert(AddressRecord("a.local", "10.1.0.5", 120, false));
  Advance(absl::Seconds(10));
  Insert(AddressRecord("a.local", "10.1.0.8", 120, false));
  Advance(absl::Seconds(10));
  EXPECT_THAT(Addresses(), SizeIs(2));
}

TEST_F(RecordCacheTest, Section6Dot7AOneShotAnswerTakesNothingAway) {
  Insert(AddressRecord("a.local", "10.1.0.5", 120));
  Advance(absl::Seconds(10));
  EXPECT_EQ(Insert(AddressRecord("a.local", "10.1.0.5", 10, false), true),
            Outcome::kRefreshed);
  EXPECT_EQ(Insert(AddressRecord("a.local", "10.1.0.8", 10, true), true),
            Outcome::kAdded);
  EXPECT_EQ(Insert(AddressRecord("a.local", "10.1.0.5", 0, false), true),
            Outcome::kIgnored);
  Advance(absl::Seconds(9));
  EXPECT_THAT(Addresses(), ElementsAre("10.1.0.5", "10.1.0.8"));
  Advance(absl::Seconds(90));
  EXPECT_THAT(Addresses(), ElementsAre("10.1.0.5"));
}

TEST_F(RecordCacheTest, Section6Dot7AnAnnouncementCompletesAOneShotAnswer) {
  Insert(AddressRecord("a.local", "10.1.0.5", 10, false), true);
  Insert(AddressRecord("a.local", "10.1.0.5", 120));
  Advance(absl::Seconds(100));
  EXPECT_THAT(Addresses(), SizeIs(1));
  EXPECT_EQ(cache_.size(), 1);
}

TEST_F(RecordCacheTest, Section7Dot1KnownAnswersHaveMoreThanHalfTheirLife) {
  Insert(PtrRecord("_x._tcp.local", "a._x._tcp.local", 100));
  Advance(absl::Seconds(30));
  Insert(PtrRecord("_x._tcp.local", "b._x._tcp.local", 100));
  const dns::Question question = Q("_x._tcp.local", dns::Type::kPtr);
  EXPECT_THAT(cache_.KnownAnswers(question, now_), SizeIs(2));
  EXPECT_EQ(cache_.KnownAnswers(question, now_)[0].ttl, 70U);
  Advance(absl::Seconds(20));
  const auto known = cache_.KnownAnswers(question, now_);
  ASSERT_THAT(known, SizeIs(1)) << "50 of 100 s is not more than half";
  EXPECT_EQ(known[0].ttl, 80U);
}

TEST_F(RecordCacheTest, Section7Dot1KnownAnswersAreSureOnes) {
  Insert(AddressRecord("a.local", "10.1.0.5"));
  Insert(AddressRecord("a.local", "10.1.0.5", 0));
  Insert(AddressRecord("b.local", "10.1.0.6", 10, false), true);
  EXPECT_THAT(cache_.KnownAnswers(Q("a.local", dns::Type::kA), now_),
              IsEmpty());
  EXPECT_THAT(cache_.KnownAnswers(Q("b.local", dns::Type::kA), now_),
              IsEmpty());
}

TEST_F(RecordCacheTest, Section10Dot2KnownAnswersDoNotHaveTheFlushBit) {
  Insert(AddressRecord("a.local", "10.1.0.5"));
  const auto known = cache_.KnownAnswers(Q("a.local", dns::Type::kA), now_);
  ASSERT_THAT(known, SizeIs(1));
  EXPECT_FALSE(known[0].cache_flush);
}

TEST_F(RecordCacheTest, Section5Dot2RefreshesAreDueAt80To95PercentOfALife) {
  Insert(PtrRecord("_x._tcp.local", "a._x._tcp.local", 1000));
  const absl::Time start = now_;
  for (const int percent : {80, 85, 90, 95}) {
    const absl::Time at =
        cache_.NextRefresh(N("_x._tcp.local"), dns::Type::kPtr);
    EXPECT_GE(at - start, absl::Seconds(10 * percent));
    EXPECT_LE(at - start, absl::Seconds(10 * percent + 20));
    now_ = at - absl::Milliseconds(1);
    EXPECT_FALSE(
        cache_.TakeDueRefresh(N("_x._tcp.local"), dns::Type::kPtr, now_));
    now_ = at;
    EXPECT_TRUE(
        cache_.TakeDueRefresh(N("_x._tcp.local"), dns::Type::kPtr, now_));
    EXPECT_FALSE(
        cache_.TakeDueRefresh(N("_x._tcp.local"), dns::Type::kPtr, now_));
  }
  EXPECT_EQ(cache_.NextRefresh(N("_x._tcp.local"), dns::Type::kPtr),
            absl::InfiniteFuture());
}

TEST_F(RecordCacheTest, Section5Dot2ARefreshedRecordBeginsAgain) {
  Insert(PtrRecord("_x._tcp.local", "a._x._tcp.local", 1000));
  now_ += absl::Seconds(830);
  EXPECT_TRUE(cache_.TakeDueRefresh(N("_x._tcp.local"), dns::Type::kPtr, now_));
  Insert(PtrRecord("_x._tcp.local", "a._x._tcp.local", 1000));
  EXPECT_GE(cache_.NextRefresh(N("_x._tcp.local"), dns::Type::kPtr),
            now_ + absl::Seconds(800));
}

TEST_F(RecordCacheTest, Section6Dot1NsecSaysWhatIsNotThere) {
  Insert(NsecRecord("a.local", {dns::Type::kAaaa}));
  EXPECT_TRUE(cache_.Denies(N("a.local"), dns::Type::kA, now_));
  EXPECT_FALSE(cache_.Denies(N("a.local"), dns::Type::kAaaa, now_));
  EXPECT_FALSE(cache_.Denies(N("b.local"), dns::Type::kA, now_));
  Advance(absl::Seconds(120));
  EXPECT_FALSE(cache_.Denies(N("a.local"), dns::Type::kA, now_));
}

TEST_F(RecordCacheTest, Section6Dot1AnNsecOfAnotherFormIsIgnored) {
  dns::Record nsec = NsecRecord("a.local", {});
  std::get<dns::NsecData>(nsec.data).next = N("b.local");
  EXPECT_EQ(Insert(nsec), Outcome::kIgnored);
  EXPECT_FALSE(cache_.Denies(N("a.local"), dns::Type::kA, now_));
}

TEST_F(RecordCacheTest, Section10Dot4WhatIsNotConfirmedIsLetGo) {
  Insert(AddressRecord("a.local", "10.1.0.5"));
  Advance(absl::Seconds(10));
  const absl::Time asked = now_;
  Insert(AddressRecord("a.local", "10.1.0.8", 120, false));
  cache_.LetGo(N("a.local"), dns::Type::kA, asked, now_);
  Advance(absl::Seconds(1));
  EXPECT_THAT(Addresses(), ElementsAre("10.1.0.8"));
}

TEST_F(RecordCacheTest, OnlyUsefulRecordsUnderLocalAreKept) {
  EXPECT_EQ(Insert(AddressRecord("a.example.com", "10.1.0.5")),
            Outcome::kIgnored);
  EXPECT_EQ(Insert(PtrRecord("5.0.1.10.in-addr.arpa", "a.local")),
            Outcome::kIgnored);
  EXPECT_EQ(Insert(MakeRecord("a.local", static_cast<dns::Type>(13),
                              dns::OpaqueData{"x"}, 120, true)),
            Outcome::kIgnored);
  dns::Record chaos = AddressRecord("a.local", "10.1.0.5");
  chaos.klass = 3;
  EXPECT_EQ(Insert(chaos), Outcome::kIgnored);
  // A record whose data does not go with its type, as no reader makes it.
  EXPECT_EQ(Insert(MakeRecord("a.local", dns::Type::kA, dns::OpaqueData{"x"},
                              120, true)),
            Outcome::kIgnored);
  EXPECT_EQ(cache_.size(), 0);
}

TEST_F(RecordCacheTest, ListsTheHostsItKnows) {
  Insert(AddressRecord("B.local", "10.1.0.5"));
  Insert(AddressRecord("B.local", "fe80::5"));
  Insert(AddressRecord("a.local", "10.1.0.6"));
  Insert(PtrRecord("_x._tcp.local", "i._x._tcp.local"));
  EXPECT_THAT(cache_.KnownHosts(now_, 10), ElementsAre("a.local", "b.local"));
  EXPECT_THAT(cache_.KnownHosts(now_, 1), SizeIs(1));
}

TEST_F(RecordCacheTest, FindsTheServicesOfAHost) {
  Insert(SrvRecord("i._x._tcp.local", "a.local", 80));
  Insert(SrvRecord("j._x._tcp.local", "A.local", 81));
  Insert(SrvRecord("k._x._tcp.local", "b.local", 82));
  EXPECT_THAT(cache_.ServicesOf(N("a.local"), now_, 64), SizeIs(2));
  EXPECT_THAT(cache_.ServicesOf(N("a.local"), now_, 1), SizeIs(1));
  Advance(absl::Seconds(120));
  EXPECT_THAT(cache_.ServicesOf(N("a.local"), now_, 64), IsEmpty());
}

TEST(NewestTest, PrefersWhatStaysAndThenWhatWasHeardLast) {
  CachedRecord old;
  old.received = absl::FromUnixSeconds(1);
  CachedRecord young;
  young.received = absl::FromUnixSeconds(2);
  EXPECT_EQ(Newest({}), nullptr);
  EXPECT_EQ(Newest({&old, &young}), &young);
  young.leaving = true;
  EXPECT_EQ(Newest({&young, &old}), &old);
  EXPECT_EQ(Newest({&young}), &young);
}

}  // namespace
}  // namespace localstore::resolver
