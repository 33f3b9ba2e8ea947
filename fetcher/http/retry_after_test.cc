#include "fetcher/http/retry_after.h"

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

constexpr int64_t kThen = 784111777;  // 1994-11-06 08:49:37

TEST(RetryAfterTest, TheThreeFormsOfADate) {
  for (const char* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994"}) {
    const auto date = ParseHttpDate(text);
    ASSERT_TRUE(date.has_value()) << text;
    EXPECT_EQ(absl::ToUnixSeconds(*date), kThen) << text;
  }
}

TEST(RetryAfterTest, NoDate) {
  for (const char* text : {"", "banana", "tomorrow"}) {
    EXPECT_FALSE(ParseHttpDate(text).has_value()) << text;
  }
}

TEST(RetryAfterTest, Seconds) {
  EXPECT_EQ(ParseRetryAfter("120", absl::UnixEpoch()), absl::Seconds(120));
  EXPECT_EQ(ParseRetryAfter("0", absl::UnixEpoch()), absl::ZeroDuration());
}

TEST(RetryAfterTest, ADateIsSeenFromNow) {
  const absl::Time now = absl::FromUnixSeconds(kThen - 10);
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now),
            absl::Seconds(10));
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:00 GMT", now),
            absl::ZeroDuration());
}

TEST(RetryAfterTest, Nonsense) {
  for (const char* text : {"", "-1", "soon", "99999999999999999999"}) {
    EXPECT_FALSE(ParseRetryAfter(text, absl::UnixEpoch()).has_value()) << text;
  }
}

}  // namespace
}  // namespace localstore::fetcher
