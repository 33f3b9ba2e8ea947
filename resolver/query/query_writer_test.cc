#include "resolver/query/query_writer.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "resolver/dns/reader.h"
#include "resolver/dns/writer.h"
#include "resolver/testing/records.h"

namespace localstore::resolver {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

dns::Question Q(const std::string& name, dns::Type type) {
  dns::Question question;
  question.name = N(name);
  question.type = type;
  return question;
}

Query ManyKnownAnswers(int count) {
  Query query;
  query.questions = {Q("_http._tcp.local", dns::Type::kPtr)};
  for (int i = 0; i < count; ++i) {
    query.known_answers.push_back(PtrRecord(
        "_http._tcp.local",
        "instance number " + std::to_string(i) + "._http._tcp.local"));
    query.known_answers.back().cache_flush = false;
  }
  return query;
}

TEST(QueryWriterTest, AShortQueryIsOnePacket) {
  Query query = ManyKnownAnswers(3);
  query.id = 7;
  const auto packets = WriteQuery(query, 1);
  ASSERT_TRUE(packets.ok()) << packets.status();
  ASSERT_THAT(*packets, SizeIs(1));
  const auto read = dns::ReadMessage((*packets)[0]);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->message.id, 7);
  EXPECT_FALSE(read->message.response);
  EXPECT_FALSE(read->message.truncated);
  EXPECT_THAT(read->message.questions, SizeIs(1));
  EXPECT_THAT(read->message.answers, SizeIs(3));
  EXPECT_TRUE(FitsOnePacket(query));
}

TEST(QueryWriterTest, Section7Dot2KnownAnswersGoOnInFurtherPackets) {
  const Query query = ManyKnownAnswers(100);
  EXPECT_FALSE(FitsOnePacket(query));
  const auto packets = WriteQuery(query, 16);
  ASSERT_TRUE(packets.ok()) << packets.status();
  ASSERT_GT(packets->size(), 2U);
  size_t answers = 0;
  for (size_t i = 0; i < packets->size(); ++i) {
    EXPECT_LE((*packets)[i].size(), dns::kEthernetPayloadBytes);
    const auto read = dns::ReadMessage((*packets)[i]);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->message.truncated, i + 1 < packets->size()) << i;
    EXPECT_EQ(read->message.questions.size(), i == 0 ? 1U : 0U) << i;
    EXPECT_GT(read->message.answers.size(), 0U);
    answers += read->message.answers.size();
  }
  EXPECT_EQ(answers, 100U);
}

TEST(QueryWriterTest, NeverMorePacketsThanAllowed) {
  const auto packets = WriteQuery(ManyKnownAnswers(1000), 2);
  ASSERT_TRUE(packets.ok()) << packets.status();
  ASSERT_THAT(*packets, SizeIs(2));
  const auto last = dns::ReadMessage((*packets)[1]);
  ASSERT_TRUE(last.ok());
  EXPECT_FALSE(last->message.truncated);
}

TEST(QueryWriterTest, ManyQuestionsAreSplitWithoutTc) {
  Query query;
  for (int i = 0; i < 60; ++i) {
    query.questions.push_back(Q("a rather long instance name " +
                                    std::to_string(i) +
                                    "._workstation._tcp.local",
                                dns::Type::kSrv));
  }
  const auto packets = WriteQuery(query, 16);
  ASSERT_TRUE(packets.ok()) << packets.status();
  ASSERT_GT(packets->size(), 1U);
  size_t questions = 0;
  for (const auto& packet : *packets) {
    const auto read = dns::ReadMessage(packet);
    ASSERT_TRUE(read.ok());
    EXPECT_FALSE(read->message.truncated);
    questions += read->message.questions.size();
  }
  EXPECT_EQ(questions, 60U);
}

TEST(QueryWriterTest, AKnownAnswerThatFitsNoPacketIsLeftOut) {
  Query query;
  query.questions = {Q("a.local", dns::Type::kTxt)};
  query.known_answers = {TxtRecord(
      "a.local", std::vector<std::string>(10, std::string(200, 'x')))};
  const auto packets = WriteQuery(query, 16);
  ASSERT_TRUE(packets.ok()) << packets.status();
  ASSERT_THAT(*packets, SizeIs(1));
  EXPECT_THAT(dns::ReadMessage((*packets)[0])->message.answers, IsEmpty());
}

}  // namespace
}  // namespace localstore::resolver
