#include "server/jobs/rate_estimator.h"

#include <cstdint>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace localstore::server {
namespace {

absl::Duration At(double seconds) { return absl::Seconds(1000 + seconds); }

TEST(RateEstimatorTest, KnowsNothingAtFirst) {
  RateEstimator rate;
  rate.Reset(At(0), 500);
  EXPECT_EQ(rate.BytesPerSecond(At(0)), 0);
  EXPECT_EQ(rate.TimeLeft(At(0), 1000), absl::InfiniteDuration());
}

TEST(RateEstimatorTest, IsRightFromTheFirstSampleOn) {
  RateEstimator rate;
  rate.Reset(At(0), 0);
  rate.Update(At(0.2), 200);
  EXPECT_NEAR(rate.BytesPerSecond(At(0.2)), 1000, 1);
}

TEST(RateEstimatorTest, StaysAtASteadyRate) {
  RateEstimator rate;
  rate.Reset(At(0), 0);
  for (int i = 1; i <= 200; ++i) rate.Update(At(i * 0.1), i * int64_t{100});
  EXPECT_NEAR(rate.BytesPerSecond(At(20)), 1000, 1);
  EXPECT_NEAR(absl::ToDoubleSeconds(rate.TimeLeft(At(20), 30'000)), 10, 0.1);
}

TEST(RateEstimatorTest, ResumedBytesAreNoSpeed) {
  RateEstimator rate;
  rate.Reset(At(0), 1'000'000);
  rate.Update(At(1), 1'000'100);
  EXPECT_NEAR(rate.BytesPerSecond(At(1)), 100, 1);
}

TEST(RateEstimatorTest, SmoothsABurst) {
  RateEstimator rate;
  rate.Reset(At(0), 0);
  for (int i = 1; i <= 100; ++i) rate.Update(At(i * 0.1), i * int64_t{100});
  rate.Update(At(10.1), 10'000 + 1000);  // ten times as fast for 100 ms
  EXPECT_GT(rate.BytesPerSecond(At(10.1)), 1000);
  EXPECT_LT(rate.BytesPerSecond(At(10.1)), 1500);
}

TEST(RateEstimatorTest, FallsWhileNothingArrives) {
  RateEstimator rate;
  rate.Reset(At(0), 0);
  for (int i = 1; i <= 100; ++i) rate.Update(At(i * 0.1), i * int64_t{100});
  EXPECT_LT(rate.BytesPerSecond(At(13)), 400);
  EXPECT_LT(rate.BytesPerSecond(At(30)), 5);
}

TEST(RateEstimatorTest, SamplesThatAreTooShortAreNotLost) {
  RateEstimator rate;
  rate.Reset(At(0), 0);
  for (int i = 1; i <= 1000; ++i) rate.Update(At(i * 0.001), i);
  EXPECT_NEAR(rate.BytesPerSecond(At(1)), 1000, 1);
}

TEST(RateEstimatorTest, NothingIsLeftAtTheEnd) {
  RateEstimator rate;
  rate.Reset(At(0), 0);
  rate.Update(At(1), 1000);
  EXPECT_EQ(rate.TimeLeft(At(1), 1000), absl::ZeroDuration());
  EXPECT_EQ(rate.TimeLeft(At(1), 0), absl::InfiniteDuration());
}

}  // namespace
}  // namespace localstore::server
