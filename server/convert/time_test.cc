#include "server/convert/time.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace localstore::server {
namespace {

google::protobuf::Duration Proto(int64_t seconds, int32_t nanos) {
  google::protobuf::Duration duration;
  duration.set_seconds(seconds);
  duration.set_nanos(nanos);
  return duration;
}

TEST(DurationTest, GoesThereAndBack) {
  for (const absl::Duration duration :
       {absl::ZeroDuration(), absl::Milliseconds(1500),
        -absl::Milliseconds(2500), absl::Nanoseconds(1),
        absl::Hours(100'000)}) {
    EXPECT_EQ(FromProto(ToProto(duration)), duration);
  }
}

TEST(DurationTest, InfiniteIsClamped) {
  EXPECT_EQ(ToProto(absl::InfiniteDuration()).seconds(), 315'576'000'000);
  EXPECT_EQ(ToProto(-absl::InfiniteDuration()).seconds(), -315'576'000'000);
}

TEST(DurationTest, InvalidIsSeen) {
  EXPECT_FALSE(FromProto(Proto(1, -1)).has_value());
  EXPECT_FALSE(FromProto(Proto(-1, 1)).has_value());
  EXPECT_FALSE(FromProto(Proto(0, 1'000'000'000)).has_value());
  EXPECT_FALSE(FromProto(Proto(315'576'000'001, 0)).has_value());
  EXPECT_TRUE(FromProto(Proto(0, -1)).has_value());
}

TEST(TimestampTest, GoesThereAndBack) {
  for (const absl::Time time :
       {absl::UnixEpoch(), absl::FromUnixMillis(1'767'323'045'678),
        absl::FromUnixMillis(-1)}) {
    EXPECT_EQ(FromProto(ToProto(time)), time);
    EXPECT_GE(ToProto(time).nanos(), 0);
  }
}

TEST(TimestampTest, InfiniteIsClamped) {
  EXPECT_EQ(ToProto(absl::InfiniteFuture()).seconds(), 253'402'300'799);
  EXPECT_EQ(ToProto(absl::InfinitePast()).seconds(), -62'135'596'800);
}

}  // namespace
}  // namespace localstore::server
