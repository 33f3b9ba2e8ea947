#include "client/arguments/values.h"

#include <cstdint>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;

TEST(ParseDurationValueTest, ReadsUnitsAndBareSeconds) {
  EXPECT_EQ(*ParseDurationValue("30s"), absl::Seconds(30));
  EXPECT_EQ(*ParseDurationValue("1m30s"), absl::Seconds(90));
  EXPECT_EQ(*ParseDurationValue("250ms"), absl::Milliseconds(250));
  EXPECT_EQ(*ParseDurationValue("7"), absl::Seconds(7));
  EXPECT_EQ(*ParseDurationValue("0.5"), absl::Milliseconds(500));
  EXPECT_EQ(*ParseDurationValue("0"), absl::ZeroDuration());
}

TEST(ParseDurationValueTest, RefusesWhatIsNoDuration) {
  for (const char* text :
       {"", "-1s", "inf", "-inf", "soon", "1x", "1.2.3", "s"}) {
    EXPECT_FALSE(ParseDurationValue(text).ok()) << text;
  }
  EXPECT_THAT(std::string(ParseDurationValue("soon").status().message()),
              HasSubstr("30s"));
}

TEST(ParseByteCountTest, ReadsBinaryAndDecimalUnits) {
  EXPECT_EQ(*ParseByteCount("4096"), 4096);
  EXPECT_EQ(*ParseByteCount("10K"), 10 * 1024);
  EXPECT_EQ(*ParseByteCount("10m"), 10 << 20);
  EXPECT_EQ(*ParseByteCount("1.5GiB"), 3LL << 29);
  EXPECT_EQ(*ParseByteCount("10MB"), 10'000'000);
  EXPECT_EQ(*ParseByteCount("2kb"), 2000);
  EXPECT_EQ(*ParseByteCount("7B"), 7);
  EXPECT_EQ(*ParseByteCount("9223372036854775807"),
            std::numeric_limits<int64_t>::max());
}

TEST(ParseByteCountTest, RefusesWhatIsNoByteCount) {
  for (const char* text : {"", "K", "-1", "1Q", "1.2.3M", "10Mi", "10 M", "8E",
                           "9223372036854775808", "99999999999999999999E",
                           "0x10", "1e3", "nan", "inf", "."}) {
    EXPECT_FALSE(ParseByteCount(text).ok()) << text;
  }
}

TEST(ParseByteRateTest, TakesARateWithOrWithoutASecond) {
  EXPECT_EQ(*ParseByteRate("10M"), 10 << 20);
  EXPECT_EQ(*ParseByteRate("10M/s"), 10 << 20);
  EXPECT_FALSE(ParseByteRate("10M/h").ok());
}

TEST(ParseSwitchTest, ReadsBothWays) {
  EXPECT_TRUE(*ParseSwitch("true"));
  EXPECT_TRUE(*ParseSwitch("Yes"));
  EXPECT_FALSE(*ParseSwitch("0"));
  EXPECT_FALSE(ParseSwitch("perhaps").ok());
}

}  // namespace
}  // namespace localstore::client
