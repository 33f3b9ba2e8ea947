#include "client/render/units.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace localstore::client {
namespace {

TEST(BytesTextTest, PicksTheUnit) {
  EXPECT_EQ(BytesText(0), "0 B");
  EXPECT_EQ(BytesText(1023), "1023 B");
  EXPECT_EQ(BytesText(1024), "1.0 KiB");
  EXPECT_EQ(BytesText(268435456), "256.0 MiB");
  EXPECT_EQ(BytesText((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(BytesText(-5), "0 B");
  EXPECT_EQ(BytesText(std::numeric_limits<int64_t>::max()), "8.0 EiB");
}

TEST(RateTextTest, SurvivesWhatIsNoRate) {
  EXPECT_EQ(RateText(12.4 * 1024 * 1024), "12.4 MiB/s");
  EXPECT_EQ(RateText(std::nan("")), "0 B/s");
  EXPECT_EQ(RateText(-1), "0 B/s");
  EXPECT_EQ(RateText(std::numeric_limits<double>::infinity()), "0 B/s");
  EXPECT_EQ(RateText(1e300), "8.0 EiB/s");
}

TEST(DurationTextTest, ShowsTwoUnits) {
  EXPECT_EQ(DurationText(absl::ZeroDuration()), "0.0ms");
  EXPECT_EQ(DurationText(absl::Microseconds(240)), "0.2ms");
  EXPECT_EQ(DurationText(absl::Milliseconds(420)), "420ms");
  EXPECT_EQ(DurationText(absl::Milliseconds(1420)), "1.4s");
  EXPECT_EQ(DurationText(absl::Milliseconds(9960)), "10s");
  EXPECT_EQ(DurationText(absl::Milliseconds(59'600)), "1m00s");
  EXPECT_EQ(DurationText(absl::Seconds(65)), "1m05s");
  EXPECT_EQ(DurationText(absl::Minutes(123)), "2h03m");
  EXPECT_EQ(DurationText(absl::Hours(99)), "4d03h");
  EXPECT_EQ(DurationText(-absl::Seconds(1)), "0.0ms");
  EXPECT_EQ(DurationText(absl::InfiniteDuration()), ">99d");
}

TEST(TimeLeftTextTest, RoundsUpToWholeSeconds) {
  EXPECT_EQ(TimeLeftText(absl::ZeroDuration()), "0s");
  EXPECT_EQ(TimeLeftText(absl::Milliseconds(1)), "1s");
  EXPECT_EQ(TimeLeftText(absl::Seconds(2)), "2s");
  EXPECT_EQ(TimeLeftText(absl::Milliseconds(59'001)), "1m00s");
  EXPECT_EQ(TimeLeftText(-absl::Seconds(9)), "0s");
  EXPECT_EQ(TimeLeftText(absl::InfiniteDuration()), ">99d");
}

TEST(FromProtoTest, SurvivesValuesOutOfRange) {
  google::protobuf::Duration duration;
  duration.set_seconds(std::numeric_limits<int64_t>::max());
  duration.set_nanos(std::numeric_limits<int32_t>::max());
  EXPECT_EQ(DurationText(FromProto(duration)), ">99d");
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(std::numeric_limits<int64_t>::min());
  timestamp.set_nanos(std::numeric_limits<int32_t>::min());
  EXPECT_LT(FromProto(timestamp), absl::UnixEpoch());
}

TEST(ToProtoTest, GoesThereAndBack) {
  const absl::Duration duration = absl::Milliseconds(90'250);
  EXPECT_EQ(ToProto(duration).seconds(), 90);
  EXPECT_EQ(ToProto(duration).nanos(), 250'000'000);
  EXPECT_EQ(FromProto(ToProto(duration)), duration);
}

}  // namespace
}  // namespace localstore::client
