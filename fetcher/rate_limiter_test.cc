#include "fetcher/rate_limiter.h"

#include <algorithm>
#include <vector>

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

const absl::Time kBegin = absl::FromUnixSeconds(1000);
constexpr int64_t kChunk = 16 << 10;

// One that takes chunks as soon as it may, its timer `late` each time.
struct Taker {
  absl::Duration late;
  absl::Time next = kBegin;
  int64_t taken = 0;
};

// Lets them all run for `duration`; the earliest goes first.
void RunFor(RateLimiter& limiter, std::vector<Taker>& takers,
            absl::Duration duration) {
  while (true) {
    Taker& taker = *std::min_element(
        takers.begin(), takers.end(),
        [](const Taker& a, const Taker& b) { return a.next < b.next; });
    if (taker.next >= kBegin + duration) return;
    taker.taken += kChunk;
    taker.next = limiter.Take(kChunk, taker.next) + taker.late;
  }
}

void ExpectRate(int64_t rate, const std::vector<Taker>& takers) {
  double taken = 0;
  for (const Taker& taker : takers) taken += static_cast<double>(taker.taken);
  EXPECT_NEAR(taken / 10, static_cast<double>(rate),
              static_cast<double>(rate) * 0.05);
}

TEST(RateLimiterTest, KeepsTheRateOverTenSeconds) {
  for (const int64_t rate : {100'000, 1'000'000, 100'000'000}) {
    RateLimiter limiter(rate);
    std::vector<Taker> takers(1);
    RunFor(limiter, takers, absl::Seconds(10));
    ExpectRate(rate, takers);
  }
}

TEST(RateLimiterTest, LateTimersCostNoRate) {
  RateLimiter limiter(1'000'000);
  std::vector<Taker> takers(1);
  takers[0].late = absl::Milliseconds(5);
  RunFor(limiter, takers, absl::Seconds(10));
  ExpectRate(1'000'000, takers);
}

TEST(RateLimiterTest, SharedByManyItIsStillTheRateAndFair) {
  RateLimiter limiter(10'000'000);
  std::vector<Taker> takers(8);
  takers[3].late = absl::Microseconds(500);
  RunFor(limiter, takers, absl::Seconds(10));
  ExpectRate(10'000'000, takers);
  for (const Taker& taker : takers) {
    EXPECT_NEAR(static_cast<double>(taker.taken), 12'500'000, 1'500'000);
  }
}

TEST(RateLimiterTest, IdleTimeIsNotSavedUp) {
  RateLimiter limiter(1'000'000);
  limiter.Take(kChunk, kBegin);
  const absl::Time later = kBegin + absl::Hours(1);
  int64_t burst = 0;
  absl::Time next = later;
  while (next <= later) {
    next = limiter.Take(kChunk, later);
    burst += kChunk;
  }
  EXPECT_LE(burst, 250'000);
}

TEST(RateLimiterTest, WithoutALimitThereIsNoWait) {
  RateLimiter limiter(0);
  EXPECT_EQ(limiter.Take(int64_t{1} << 60, kBegin), kBegin);
}

}  // namespace
}  // namespace localstore::fetcher
