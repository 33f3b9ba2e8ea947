#include "fetcher/backoff.h"

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

constexpr Backoff::Limits kLimits = {absl::Seconds(1), absl::Seconds(60),
                                     absl::Milliseconds(50)};

TEST(BackoffTest, TheBoundDoublesUpToTheLast) {
  Backoff backoff(kLimits, [] { return 0.5; });
  for (const double seconds : {0.5, 1., 2., 4., 8., 16., 30., 30.}) {
    EXPECT_EQ(backoff.Next(), absl::Seconds(seconds));
  }
}

TEST(BackoffTest, TheJitterIsFull) {
  double random = 0;
  Backoff backoff(kLimits, [&] { return random; });
  EXPECT_EQ(backoff.Next(), absl::Milliseconds(50));
  random = 0.999;
  EXPECT_GT(backoff.Next(), absl::Milliseconds(1990));
}

TEST(BackoffTest, BeginsAnew) {
  Backoff backoff(kLimits, [] { return 0.5; });
  backoff.Next();
  backoff.Next();
  backoff.Reset();
  EXPECT_EQ(backoff.Next(), absl::Milliseconds(500));
}

}  // namespace
}  // namespace localstore::fetcher
