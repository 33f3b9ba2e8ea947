#include "resolver/statistics/counters.h"

#include <set>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::resolver {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(CountersTest, EachBridgeHasItsOwn) {
  Counters counters;
  counters.AddBridge("bn2", 7)->CountReceived();
  const auto bn1 = counters.AddBridge("bn1", 9);
  bn1->CountSent(3);
  bn1->CountRejected(Rejection::kMalformed);
  bn1->CountAccepted();
  bn1->SetCache(5, 1700, 2);
  const ResolverStatistics read = counters.Read();
  ASSERT_THAT(read.bridges, SizeIs(2));
  EXPECT_EQ(read.bridges[0].bridge, "bn1");
  EXPECT_EQ(read.bridges[0].bridge_index, 9);
  EXPECT_EQ(read.bridges[0].packets_sent, 3);
  EXPECT_EQ(read.bridges[0].queries_sent, 1);
  EXPECT_EQ(read.bridges[0].packets_received, 0);
  EXPECT_EQ(read.bridges[0].responses_accepted, 1);
  EXPECT_EQ(read.bridges[0].rejected[Rejection::kMalformed], 1);
  EXPECT_EQ(read.bridges[0].rejected[Rejection::kTooLarge], 0);
  EXPECT_EQ(read.bridges[0].cache_records, 5);
  EXPECT_EQ(read.bridges[0].cache_bytes, 1700);
  EXPECT_EQ(read.bridges[0].hosts_known, 2);
  EXPECT_EQ(read.bridges[1].bridge, "bn2");
  EXPECT_EQ(read.bridges[1].packets_received, 1);
}

TEST(CountersTest, ABridgeThatGoesTakesItsCountersAlong) {
  Counters counters;
  const auto gone = counters.AddBridge("bn1", 1);
  gone->CountReceived();
  counters.RemoveBridge(1);
  EXPECT_THAT(counters.Read().bridges, IsEmpty());
  gone->CountReceived();  // harmless
  counters.AddBridge("bn1", 1);
  EXPECT_EQ(counters.Read().bridges.at(0).packets_received, 0);
}

TEST(CountersTest, AnswersByHowTheyCameAbout) {
  Counters counters;
  counters.CountAnswer(/*from_cache=*/true);
  counters.CountAnswer(/*from_cache=*/true);
  counters.CountAnswer(/*from_cache=*/false);
  counters.CountFailure();
  EXPECT_EQ(counters.Read().answered_from_cache, 2);
  EXPECT_EQ(counters.Read().answered_by_network, 1);
  EXPECT_EQ(counters.Read().failed, 1);
}

TEST(CountersTest, ReadWhileItIsWritten) {
  Counters counters;
  const auto bridge = counters.AddBridge("bn1", 1);
  std::thread writer([&] {
    for (int i = 0; i < 10000; ++i) bridge->CountReceived();
  });
  int64_t last = 0;
  for (int i = 0; i < 1000; ++i) {
    const int64_t now = counters.Read().bridges.at(0).packets_received;
    EXPECT_GE(now, last);
    last = now;
  }
  writer.join();
  EXPECT_EQ(counters.Read().bridges.at(0).packets_received, 10000);
}

TEST(RejectionTest, EachHasANameOfItsOwn) {
  std::set<std::string> names;
  for (const Rejection rejection : AllRejections()) {
    names.emplace(RejectionName(rejection));
  }
  EXPECT_THAT(names, SizeIs(kRejectionCount));
  EXPECT_EQ(names.count("unknown"), 0U);
}

}  // namespace
}  // namespace localstore::resolver
