#include "server/errors/wire_status.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"
#include "server/errors/grpc_status.h"

namespace localstore::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(WireStatusTest, AnErrorWithoutReasonGetsOne) {
  const absl::Status back =
      FromRpcStatus(ToWireStatus(absl::InternalError("oops")));
  EXPECT_EQ(ReasonOf(back), v1::ERROR_REASON_INTERNAL);
  EXPECT_EQ(back.message(), "oops");
}

TEST(WireStatusTest, KeepsReasonMetadataAndRetry) {
  const absl::Status status =
      MakeError(v1::ERROR_REASON_NO_BRIDGE, "no bridge", {{"bridges", "bn1"}});
  const absl::Status back = FromRpcStatus(ToWireStatus(status));
  EXPECT_EQ(ReasonOf(back), v1::ERROR_REASON_NO_BRIDGE);
  EXPECT_EQ(MetadataOf(back, "bridges"), "bn1");
  EXPECT_THAT(ToWireStatus(status).details(), SizeIs(2));
}

TEST(WireStatusTest, WhateverItHoldsIsUtf8AndFitsATrailer) {
  std::vector<FieldViolation> violations;
  violations.reserve(200);
  for (int i = 0; i < 200; ++i) {
    violations.push_back({"datastores[0].fqdn", std::string(500, '\xFF')});
  }
  ErrorMetadata metadata;
  for (int i = 0; i < 50; ++i) {
    metadata.emplace_back("key" + std::to_string(i), std::string(9000, 'v'));
  }
  const google::rpc::Status wire = ToWireStatus(
      MakeBadRequest(violations, v1::ERROR_REASON_INVALID_REQUEST, metadata));
  EXPECT_LT(wire.ByteSizeLong() * 4 / 3 + 3 * wire.message().size(), 8000u);
  EXPECT_THAT(wire.message(), EndsWith("\xE2\x80\xA6"));
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(wire.details(1).UnpackTo(&bad_request));
  EXPECT_THAT(bad_request.field_violations().rbegin()->description(),
              HasSubstr("more)"));
}

TEST(GrpcStatusTest, CarriesTheWholeStatusInItsDetails) {
  const grpc::Status status = ToGrpcStatus(
      MakeError(v1::ERROR_REASON_HOST_NOT_FOUND, "nobody answers"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), 5);
  EXPECT_EQ(details.message(), "nobody answers");
  EXPECT_EQ(ReasonOf(FromRpcStatus(details)), v1::ERROR_REASON_HOST_NOT_FOUND);
}

TEST(GrpcStatusTest, TheSameStatusIsTheSameBytes) {
  ErrorMetadata metadata;
  for (int i = 0; i < 20; ++i) {
    metadata.emplace_back("key" + std::to_string(i), "value");
  }
  const absl::Status status =
      MakeError(v1::ERROR_REASON_DIGEST_MISMATCH, "no", metadata);
  const std::string bytes = ToGrpcStatus(status).error_details();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ToGrpcStatus(status).error_details(), bytes);
    EXPECT_EQ(ToWireStatus(status).SerializeAsString(), bytes);
  }
}

TEST(GrpcStatusTest, OkIsOk) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
}

}  // namespace
}  // namespace localstore::server
