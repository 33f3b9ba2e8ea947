#include "server/logging/event_limiter.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class EventLimiterTest : public ::testing::Test {
 protected:
  int Written(int events, const std::string& message) {
    int written = 0;
    for (int i = 0; i < events; ++i) {
      if (limiter_.Admit(message, now_).write) ++written;
    }
    return written;
  }

  EventLimiter limiter_;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
};

TEST_F(EventLimiterTest, AFloodLeavesItsBeginning) {
  EXPECT_EQ(Written(100'000, "flood"), EventLimiter::kBurst);
  now_ += absl::Seconds(1);
  EXPECT_EQ(Written(100'000, "flood"), EventLimiter::kPerSecond);
}

TEST_F(EventLimiterTest, OthersAreWritten) {
  Written(100'000, "flood");
  EXPECT_EQ(Written(1, "other"), 1);
}

TEST_F(EventLimiterTest, SaysOnceHowManyWereLeftOut) {
  Written(EventLimiter::kBurst + 5, "flood");
  EXPECT_THAT(limiter_.Admit("other", now_).left_out, IsEmpty());
  now_ += EventLimiter::kReportInterval;
  EXPECT_THAT(limiter_.Admit("other", now_).left_out,
              ElementsAre(Pair("flood", 5)));
  EXPECT_THAT(limiter_.Admit("other", now_).left_out, IsEmpty());
}

TEST_F(EventLimiterTest, AClockThatIsSetBackOpensNoGate) {
  Written(EventLimiter::kBurst, "flood");
  now_ -= absl::Hours(1);
  EXPECT_EQ(Written(10, "flood"), 0);
}

TEST_F(EventLimiterTest, RemembersSoManyMessagesAndNoMore) {
  for (int i = 0; i < 10'000; ++i) Written(1, absl::StrCat("message ", i));
  EXPECT_EQ(Written(10'000, "one more"), 0);
}

}  // namespace
}  // namespace localstore::server
