#include "server/requests/violations.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(ViolationsTest, NoneIsOk) {
  Violations violations;
  violations.Merge(absl::OkStatus(), "url");
  EXPECT_TRUE(violations.empty());
  EXPECT_TRUE(violations.ToStatus().ok());
}

TEST(ViolationsTest, AllAreSaid) {
  Violations violations;
  violations.Add("timeout", "is negative");
  violations.Merge(MakeBadRequest({{"url", "is no URL"}, {"image", "is bad"}}),
                   "");
  const absl::Status status = violations.ToStatus();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("timeout: is negative"),
                    HasSubstr("url: is no URL"), HasSubstr("image: is bad")));
}

TEST(ViolationsTest, AnErrorThatStandsAloneKeepsItsReason) {
  Violations violations;
  violations.Merge(
      MakeBadRequest({{"url", "not local"}}, v1::ERROR_REASON_HOST_NOT_LOCAL,
                     {{"host", "x.com"}}),
      "");
  EXPECT_EQ(ReasonOf(violations.ToStatus()), v1::ERROR_REASON_HOST_NOT_LOCAL);
  EXPECT_EQ(MetadataOf(violations.ToStatus(), "host"), "x.com");
}

TEST(ViolationsTest, ErrorsOfOneReasonKeepIt) {
  Violations violations;
  violations.Merge(MakeError(v1::ERROR_REASON_HOST_NOT_LOCAL, "a"), "a");
  violations.Merge(MakeError(v1::ERROR_REASON_HOST_NOT_LOCAL, "b"), "b");
  EXPECT_EQ(ReasonOf(violations.ToStatus()), v1::ERROR_REASON_HOST_NOT_LOCAL);
  violations.Merge(MakeError(v1::ERROR_REASON_DESTINATION_INVALID, "c"), "c");
  EXPECT_EQ(ReasonOf(violations.ToStatus()), v1::ERROR_REASON_INVALID_REQUEST);
}

TEST(ViolationsTest, AFieldIsNotBlamedTwiceByDifferentModules) {
  Violations violations;
  violations.Add("url", "first");
  violations.Merge(MakeBadRequest({{"url", "second"}}), "");
  EXPECT_THAT(std::string(violations.ToStatus().message()), "url: first");
}

}  // namespace
}  // namespace localstore::server
