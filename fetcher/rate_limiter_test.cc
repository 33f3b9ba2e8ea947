#include "fetcher/rate_limiter.h"

#include <algorithm>
#include <vector>

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

constexpr absl::Time kBegin = absl::FromUnixSeconds(1000);
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
    taker.next = limiter.Admit(kChunk, taker.next) + taker.late;
    if (taker.next < kBegin + duration) taker.taken += kChunk;
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

// As transfers do: they stop only when the wait is worth it, and wake up late.
int64_t TakenInTenSeconds(RateLimiter& limiter, size_t transfers) {
  constexpr absl::Duration kWire = absl::Microseconds(12);  // for a chunk
  constexpr absl::Duration kShortestPause = absl::Milliseconds(5);
  constexpr absl::Duration kLate = absl::Microseconds(1500);
  std::vector<absl::Time> next(transfers, kBegin);
  int64_t taken = 0;
  while (true) {
    absl::Time& first = *std::min_element(next.begin(), next.end());
    if (first >= kBegin + absl::Seconds(10)) return taken;
    const absl::Time now = first + kWire;
    const absl::Time may = limiter.Admit(kChunk, now);
    if (may < kBegin + absl::Seconds(10)) taken += kChunk;
    first = may > now + kShortestPause ? may + kLate : now;
  }
}

TEST(RateLimiterTest, KeepsTheRateThatTransfersTake) {
  for (const int64_t rate : {1, 20, 70, 300}) {
    for (const size_t transfers : {1, 4, 32}) {
      RateLimiter limiter(rate * 1'000'000);
      const auto taken =
          static_cast<double>(TakenInTenSeconds(limiter, transfers));
      EXPECT_NEAR(taken / 10e6, static_cast<double>(rate),
                  static_cast<double>(rate) * 0.05)
          << transfers << " transfers";
    }
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
  limiter.Admit(kChunk, kBegin);
  const absl::Time later = kBegin + absl::Hours(1);
  int64_t burst = 0;
  absl::Time next = later;
  while (next <= later) {
    next = limiter.Admit(kChunk, later);
    burst += kChunk;
  }
  EXPECT_LE(burst, 250'000);
}

TEST(RateLimiterTest, WithoutALimitThereIsNoWait) {
  RateLimiter limiter(0);
  EXPECT_EQ(limiter.Admit(int64_t{1} << 60, kBegin), kBegin);
}

}  // namespace
}  // namespace localstore::fetcher
