#include "resolver/link/heard_questions.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "resolver/testing/records.h"

namespace localstore::resolver {
namespace {

constexpr char kHttp[] = "_http._tcp.local";

class HeardQuestionsTest : public ::testing::Test {
 protected:
  static dns::Message Query(const std::string& name, dns::Type type,
                            std::vector<dns::Record> known = {}) {
    dns::Message query;
    query.questions.emplace_back();
    query.questions[0].name = N(name);
    query.questions[0].type = type;
    query.answers = std::move(known);
    return query;
  }
  bool WasHeard() const {
    return heard_.WasHeard(N(kHttp), dns::Type::kPtr, now_);
  }

  absl::Time now_ = absl::FromUnixSeconds(1000);
  RecordCache cache_;
  HeardQuestions heard_;
};

TEST_F(HeardQuestionsTest, CountForASecond) {
  heard_.Note(Query("_HTTP._tcp.local", dns::Type::kPtr), cache_, now_);
  EXPECT_TRUE(WasHeard());
  EXPECT_FALSE(heard_.WasHeard(N(kHttp), dns::Type::kA, now_));
  now_ += absl::Milliseconds(999);
  EXPECT_TRUE(WasHeard());
  now_ += absl::Milliseconds(1);
  EXPECT_FALSE(WasHeard());
}

TEST_F(HeardQuestionsTest, NotWhereTheAskerKnowsWhatWeDoNot) {
  const dns::Record known = PtrRecord(kHttp, "w._http._tcp.local");
  const dns::Message query = Query(kHttp, dns::Type::kPtr, {known});
  heard_.Note(query, cache_, now_);
  EXPECT_FALSE(WasHeard());
  RecordCache::Arrival arrival;
  arrival.now = now_;
  arrival.source = Ip("10.1.0.5");
  cache_.Insert(known, arrival);
  heard_.Note(query, cache_, now_);
  EXPECT_TRUE(WasHeard());
}

TEST_F(HeardQuestionsTest, KnownAnswersToOtherQuestionsDoNotMatter) {
  heard_.Note(Query(kHttp, dns::Type::kPtr,
                    {PtrRecord("_ipp._tcp.local", "p._ipp._tcp.local")}),
              cache_, now_);
  EXPECT_TRUE(WasHeard());
}

TEST_F(HeardQuestionsTest, NotWhenUnicastIsWantedOrMoreKnownAnswersFollow) {
  dns::Message query = Query(kHttp, dns::Type::kPtr);
  query.questions[0].unicast_response = true;
  heard_.Note(query, cache_, now_);
  EXPECT_FALSE(WasHeard());
  query.questions[0].unicast_response = false;
  query.truncated = true;
  heard_.Note(query, cache_, now_);
  EXPECT_FALSE(WasHeard());
}

TEST_F(HeardQuestionsTest, Bounded) {
  for (int i = 0; i < 1000; ++i) {
    heard_.Note(Query("h" + std::to_string(i) + ".local", dns::Type::kA),
                cache_, now_);
  }
  EXPECT_EQ(heard_.size(), 256U);
  now_ += absl::Seconds(1);
  heard_.Note(Query(kHttp, dns::Type::kPtr), cache_, now_);
  EXPECT_TRUE(WasHeard());
  EXPECT_EQ(heard_.size(), 1U);
}

}  // namespace
}  // namespace localstore::resolver
