#include "fetcher/http/content_range.h"

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

TEST(ContentRangeTest, ARange) {
  const auto range = ParseContentRange("bytes 42-1233/1234");
  ASSERT_TRUE(range.has_value());
  ASSERT_TRUE(range->bounds.has_value());
  EXPECT_EQ(range->bounds->first, 42);
  EXPECT_EQ(range->bounds->last, 1233);
  EXPECT_EQ(range->complete_length, 1234);
}

TEST(ContentRangeTest, ARangeOfAnUnknownLength) {
  const auto range = ParseContentRange("Bytes 42-1233/*");
  ASSERT_TRUE(range.has_value());
  EXPECT_EQ(range->bounds->last, 1233);
  EXPECT_FALSE(range->complete_length.has_value());
}

TEST(ContentRangeTest, AnUnsatisfiedRange) {
  const auto range = ParseContentRange("bytes */1234");
  ASSERT_TRUE(range.has_value());
  EXPECT_FALSE(range->bounds.has_value());
  EXPECT_EQ(range->complete_length, 1234);
}

TEST(ContentRangeTest, ALargeFile) {
  const auto range =
      ParseContentRange("bytes 0-9223372036854775806/9223372036854775807");
  ASSERT_TRUE(range.has_value());
  EXPECT_EQ(range->complete_length, INT64_MAX);
}

TEST(ContentRangeTest, Nonsense) {
  for (const char* text :
       {"",
        "bytes",
        "bytes ",
        "bytes 0-1",
        "bytes 0-1/",
        "bytes /2",
        "bytes -1/2",
        "bytes 0-/2",
        "bytes 1-0/2",
        "bytes 0-2/2",
        "bytes */*",
        "bytes 0-1/2/3",
        "bytes  0-1/2",
        "bytes 0 - 1/2",
        "bytes +0-1/2",
        "bytes 0x0-1/2",
        "seconds 0-1/2",
        "bytes=0-1/2",
        "bytes 0-9223372036854775807/*1",
        "bytes 0-99999999999999999999/999999999999999999999"}) {
    EXPECT_FALSE(ParseContentRange(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace localstore::fetcher
