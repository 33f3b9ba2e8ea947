#include "resolver/query/query_schedule.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::resolver {
namespace {

using ::testing::ElementsAre;

TEST(QueryScheduleTest, Section5Dot2LookupsDoubleTheirIntervals) {
  std::vector<absl::Duration> multicast;
  for (int step = 0; step < 12; step += 2) {
    EXPECT_EQ(LookupStep(step).channel, Channel::kMulticast);
    EXPECT_EQ(LookupStep(step + 1).channel, Channel::kUnicast);
    EXPECT_EQ(LookupStep(step + 1).at,
              LookupStep(step).at + absl::Milliseconds(250));
    multicast.push_back(LookupStep(step).at);
  }
  EXPECT_THAT(multicast, ElementsAre(absl::ZeroDuration(), absl::Seconds(1),
                                     absl::Seconds(3), absl::Seconds(7),
                                     absl::Seconds(15), absl::Seconds(31)));
}

TEST(QueryScheduleTest, Section5Dot2BrowsingBacksOffToAnHour) {
  EXPECT_EQ(BrowseInterval(1), absl::Seconds(1));
  EXPECT_EQ(BrowseInterval(2), absl::Seconds(2));
  EXPECT_EQ(BrowseInterval(12), absl::Seconds(2048));
  EXPECT_EQ(BrowseInterval(13), absl::Hours(1));
  EXPECT_EQ(BrowseInterval(1'000'000), absl::Hours(1));
}

}  // namespace
}  // namespace localstore::resolver
