#include "protos/errors/error.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(ErrorTest, CarriesReasonMetadataAndCode) {
  const absl::Status status =
      MakeError(v1::ERROR_REASON_HOST_NOT_FOUND, "nobody answers",
                {{"host", "x.local"}, {"bridges", "bn1"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_HOST_NOT_FOUND);
  EXPECT_EQ(MetadataOf(status, "host"), "x.local");
  EXPECT_EQ(MetadataOf(status, "none"), "");
}

TEST(ErrorTest, EveryReasonHasAnUpperSnakeNameAndAnErrorCode) {
  const auto* values = v1::ErrorReason_descriptor();
  ASSERT_GT(values->value_count(), 20);
  for (int i = 1; i < values->value_count(); ++i) {
    const auto reason =
        static_cast<v1::ErrorReason>(values->value(i)->number());
    EXPECT_THAT(ReasonName(reason), MatchesRegex("[A-Z][A-Z_]+[A-Z]"));
    EXPECT_NE(CodeForReason(reason), absl::StatusCode::kOk);
    EXPECT_EQ(ReasonOf(MakeError(reason, "x")), reason);
  }
}

TEST(ErrorTest, UnavailableSaysWhenToRetry) {
  absl::Status status = MakeError(v1::ERROR_REASON_NO_BRIDGE, "none");
  SetRetryDelay(status, absl::Milliseconds(2500));
  const google::rpc::Status rpc = ToRpcStatus(status);
  ASSERT_EQ(rpc.details_size(), 2);
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(rpc.details(1).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 2);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
}

TEST(ErrorTest, BadRequestListsEveryViolation) {
  const absl::Status status =
      MakeBadRequest({{"host", "is empty"}, {"timeout", "is negative"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("host: is empty; timeout: is negative"));
  google::rpc::BadRequest bad_request;
  const google::rpc::Status rpc = ToRpcStatus(status);
  ASSERT_TRUE(rpc.details(1).UnpackTo(&bad_request));
  EXPECT_EQ(bad_request.field_violations_size(), 2);
}

TEST(ErrorTest, AStatusFromElsewhereGetsExactlyOneReason) {
  const google::rpc::Status rpc = ToRpcStatus(absl::CancelledError("gone"));
  ASSERT_EQ(rpc.details_size(), 1);
  EXPECT_EQ(ReasonOf(FromRpcStatus(rpc)), v1::ERROR_REASON_CANCELLED);
  EXPECT_EQ(ToRpcStatus(absl::OkStatus()).details_size(), 0);
}

TEST(ErrorTest, SurvivesTheWayThroughAMessage) {
  const absl::Status status = MakeErrorWithCode(absl::StatusCode::kNotFound,
                                                v1::ERROR_REASON_HTTP_STATUS,
                                                "404", {{"status", "404"}});
  EXPECT_EQ(FromRpcStatus(ToRpcStatus(status)), status);
}

TEST(ErrorTest, TextsThatAreNotUtf8CanBeReadBack) {
  const absl::Status status =
      MakeBadRequest({{"host", "\xFF is no name"}},
                     v1::ERROR_REASON_HOST_NOT_LOCAL, {{"host", "\xC3"}});
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_HOST_NOT_LOCAL);
  EXPECT_EQ(MetadataOf(status, "host"), "\xEF\xBF\xBD");
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(ToRpcStatus(status).details(1).UnpackTo(&bad_request));
}

}  // namespace
}  // namespace localstore
