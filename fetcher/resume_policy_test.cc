#include "fetcher/resume_policy.h"

#include "fetcher/pipeline/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

using ::testing::ElementsAre;

constexpr char kDate[] = "Sun, 06 Nov 1994 08:49:37 GMT";

ResponseHead Head(std::vector<std::pair<std::string, std::string>> fields) {
  ResponseHead head;
  head.status = 200;
  head.fields = std::move(fields);
  return head;
}

WantedImage Verified() { return {"source", "digest"}; }
WantedImage Unverified() { return {"source", ""}; }

TEST(ResumePolicyTest, TheDigestDecidesWhereThereIsOne) {
  ResumeRecord held;
  held.source = "another";
  held.sha256 = "digest";
  EXPECT_TRUE(MayContinue(held, Verified()));
  held.sha256 = "another";
  EXPECT_FALSE(MayContinue(held, Verified()));
  held.sha256 = "";
  EXPECT_FALSE(MayContinue(held, Verified()));
}

TEST(ResumePolicyTest, WithoutADigestItTakesAStrongValidatorOfTheSameSource) {
  ResumeRecord held;
  held.source = "source";
  EXPECT_FALSE(MayContinue(held, Unverified()));
  held.etag = "W/\"1\"";
  EXPECT_FALSE(MayContinue(held, Unverified()));
  held.last_modified = kDate;
  held.last_modified_strong = true;
  EXPECT_FALSE(MayContinue(held, Unverified())) << "13.1.5: there is an ETag";
  held.etag = "";
  EXPECT_TRUE(MayContinue(held, Unverified()));
  held.last_modified_strong = false;
  EXPECT_FALSE(MayContinue(held, Unverified()));
  held.etag = "\"1\"";
  EXPECT_TRUE(MayContinue(held, Unverified()));
  held.source = "another";
  EXPECT_FALSE(MayContinue(held, Unverified()));
}

TEST(ResumePolicyTest, AsksForTheRest) {
  ResumeRecord held;
  held.source = "source";
  held.etag = "\"1\"";
  EXPECT_THAT(RangeFields(held, Verified(), 5),
              ElementsAre("Range: bytes=5-", "If-Range: \"1\""));
  held.source = "another";
  EXPECT_THAT(RangeFields(held, Verified(), 5), ElementsAre("Range: bytes=5-"));
  held.source = "source";
  held.etag = "W/\"1\"";
  EXPECT_THAT(RangeFields(held, Verified(), 5), ElementsAre("Range: bytes=5-"));
}

TEST(ResumePolicyTest, ADateIsStrongWhenTheClockHasMovedOn) {
  const auto strong = [](const std::string& modified, const std::string& date) {
    return DescribeResponse(Head({{"last-modified", modified}, {"date", date}}),
                            Verified())
        .last_modified_strong;
  };
  EXPECT_TRUE(strong(kDate, "Sun, 06 Nov 1994 08:49:38 GMT"));
  EXPECT_FALSE(strong(kDate, kDate));
  EXPECT_FALSE(strong(kDate, "Sun, 06 Nov 1994 08:49:36 GMT"));
  EXPECT_FALSE(strong(kDate, ""));
  EXPECT_FALSE(strong("yesterday-ish", kDate));
}

TEST(ResumePolicyTest, DescribesAResponse) {
  const ResumeRecord record = DescribeResponse(
      Head({{"etag", "\"1\""}, {"last-modified", kDate}}), Verified());
  EXPECT_EQ(record.source, "source");
  EXPECT_EQ(record.sha256, "digest");
  EXPECT_EQ(record.etag, "\"1\"");
  EXPECT_EQ(record.last_modified, kDate);
}

TEST(ResumePolicyTest, AnEtagTooLongToKeepIsNoneAndForbidsTheDate) {
  const ResumeRecord record =
      DescribeResponse(Head({{"etag", '"' + std::string(5000, 'x') + '"'},
                             {"last-modified", kDate},
                             {"date", "Sun, 06 Nov 1994 08:59:37 GMT"}}),
                       Unverified());
  EXPECT_EQ(record.etag, "");
  EXPECT_FALSE(MayContinue(record, Unverified()));
}

TEST(ResumePolicyTest, AnEtagThatIsNoneIsNotSentBack) {
  for (const char* etag : {"1", "\"1", "1\"", "\"", "\"a\"b\"", "\"a b\"",
                           "\"a\rb\"", "\"\xfc\"", "w/\"1\""}) {
    const ResumeRecord record =
        DescribeResponse(Head({{"etag", etag}}), Verified());
    EXPECT_EQ(RangeFields(record, Verified(), 5).size(), 1) << etag;
  }
}

// From a record that somebody tampered with, into a request.
TEST(ResumePolicyTest, ADateThatIsNoLineIsNotSentBack) {
  ResumeRecord held;
  held.source = "source";
  held.last_modified = "x\rEvil: 1";
  held.last_modified_strong = true;
  EXPECT_FALSE(MayContinue(held, Unverified()));
  EXPECT_THAT(RangeFields(held, Verified(), 5), ElementsAre("Range: bytes=5-"));
}

TEST(ResumePolicyTest, TellsAnotherVersion) {
  ResumeRecord held;
  held.etag = "\"1\"";
  held.last_modified = kDate;
  EXPECT_FALSE(IsOtherVersion(held, Head({{"etag", "\"1\""}})));
  EXPECT_TRUE(IsOtherVersion(held, Head({{"etag", "\"2\""}})));
  EXPECT_TRUE(IsOtherVersion(held, Head({{"etag", "W/\"1\""}})));
  EXPECT_FALSE(IsOtherVersion(
      held, Head({{"etag", "\"1\""}, {"last-modified", "other"}})));
  EXPECT_TRUE(IsOtherVersion(held, Head({{"last-modified", "other"}})));
  EXPECT_FALSE(IsOtherVersion(held, Head({})));
  EXPECT_FALSE(IsOtherVersion(ResumeRecord(), Head({{"etag", "\"2\""}})));
}

}  // namespace
}  // namespace localstore::fetcher
