#include "fetcher/stall_rule.h"

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

using Verdict = StallRule::Verdict;

constexpr StallRule::Limits kLimits = {absl::Seconds(30), 1000,
                                       absl::Seconds(60)};
constexpr absl::Time kBegin = absl::FromUnixSeconds(1000);

absl::Time At(double seconds) { return kBegin + absl::Seconds(seconds); }

TEST(StallRuleTest, SilenceIsCountedFromTheBeginning) {
  StallRule rule(kLimits, kBegin);
  EXPECT_EQ(rule.Judge(At(29.9)), Verdict::kAlive);
  EXPECT_EQ(rule.Judge(At(30)), Verdict::kSilent);
}

TEST(StallRuleTest, SilenceIsCountedFromTheLastByte) {
  StallRule rule(kLimits, kBegin);
  rule.OnBytes(1'000'000, At(20));
  EXPECT_EQ(rule.Judge(At(49.9)), Verdict::kAlive);
  EXPECT_EQ(rule.SilentFor(At(49.9)), absl::Seconds(29.9));
  EXPECT_EQ(rule.Judge(At(50)), Verdict::kSilent);
}

TEST(StallRuleTest, ATrickleIsNoProgress) {
  StallRule rule(kLimits, kBegin);
  for (int second = 1; second < 60; ++second) {
    rule.OnBytes(999, At(second));
    ASSERT_EQ(rule.Judge(At(second)), Verdict::kAlive) << second;
  }
  rule.OnBytes(999, At(60));
  EXPECT_EQ(rule.Judge(At(60)), Verdict::kTrickle);
}

TEST(StallRuleTest, TheMinimumRateIsEnough) {
  StallRule rule(kLimits, kBegin);
  for (int second = 1; second < 600; ++second) {
    rule.OnBytes(1000, At(second));
    ASSERT_EQ(rule.Judge(At(second)), Verdict::kAlive) << second;
  }
}

TEST(StallRuleTest, AGoodStartDoesNotHelpForEver) {
  StallRule rule(kLimits, kBegin);
  rule.OnBytes(1'000'000'000, At(1));
  Verdict verdict = Verdict::kAlive;
  int second = 1;
  while (verdict == Verdict::kAlive && second < 1000) {
    ++second;
    rule.OnBytes(1, At(second));
    verdict = rule.Judge(At(second));
  }
  EXPECT_EQ(verdict, Verdict::kTrickle);
  EXPECT_LT(second, 70);
}

TEST(StallRuleTest, TimeInWhichThisSideHeldBackDoesNotCount) {
  StallRule rule(kLimits, kBegin);
  rule.OnBytes(100'000, At(1));
  rule.Hold(At(2));
  EXPECT_EQ(rule.Judge(At(1000)), Verdict::kAlive);
  rule.Release(At(1000));
  EXPECT_EQ(rule.Judge(At(1028.9)), Verdict::kAlive);
  EXPECT_EQ(rule.Judge(At(1029)), Verdict::kSilent);
}

TEST(StallRuleTest, HoldingTwiceIsHoldingOnce) {
  StallRule rule(kLimits, kBegin);
  rule.Hold(At(10));
  rule.Hold(At(20));
  rule.Release(At(30));
  rule.Release(At(40));
  EXPECT_EQ(rule.SilentFor(At(40)), absl::Seconds(20));
}

TEST(StallRuleTest, WithoutAMinimumRateATrickleIsFine) {
  StallRule rule({absl::Seconds(30), 0, absl::Seconds(60)}, kBegin);
  for (int second = 1; second < 600; ++second) {
    rule.OnBytes(1, At(second));
    ASSERT_EQ(rule.Judge(At(second)), Verdict::kAlive);
  }
}

}  // namespace
}  // namespace localstore::fetcher
