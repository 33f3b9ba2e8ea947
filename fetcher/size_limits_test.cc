#include "fetcher/size_limits.h"

#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

TEST(SizeLimitsTest, ZeroIsNoLimit) {
  EXPECT_TRUE(CheckTotal(int64_t{1} << 62, 0, 0).ok());
  EXPECT_TRUE(CheckSoFar(int64_t{1} << 62, 0, 0).ok());
}

TEST(SizeLimitsTest, TheTotalMustBeExact) {
  EXPECT_TRUE(CheckTotal(10, 10, 10).ok());
  for (const int64_t total : {0, 9, 11}) {
    const absl::Status status = CheckTotal(total, 10, 0);
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_SIZE_MISMATCH);
    EXPECT_EQ(MetadataOf(status, "expected"), "10");
  }
}

TEST(SizeLimitsTest, ThePartMayBeLess) {
  EXPECT_TRUE(CheckSoFar(9, 10, 10).ok());
  EXPECT_EQ(ReasonOf(CheckSoFar(11, 10, 0)), v1::ERROR_REASON_SIZE_MISMATCH);
  EXPECT_EQ(ReasonOf(CheckSoFar(11, 0, 10)), v1::ERROR_REASON_TOO_LARGE);
}

TEST(SizeLimitsTest, TheLimitIsAllowed) {
  EXPECT_TRUE(CheckTotal(10, 0, 10).ok());
  const absl::Status status = CheckTotal(11, 0, 10);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TOO_LARGE);
  EXPECT_EQ(MetadataOf(status, "limit"), "10");
  EXPECT_EQ(MetadataOf(status, "actual"), "11");
}

}  // namespace
}  // namespace localstore::fetcher
