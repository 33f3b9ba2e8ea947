#include "server/requests/unreadable_request.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.pb.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// As Protobuf's own writer would not write it.
std::string Field(int number, const std::string& value) {
  std::string bytes;
  bytes += static_cast<char>(number << 3 | 2);
  bytes += static_cast<char>(value.size());
  return bytes + value;
}

template <typename Message>
absl::Status Describe(const std::string& bytes) {
  EXPECT_FALSE(Message().ParseFromString(bytes));
  return DescribeUnreadable(*Message::descriptor(), bytes);
}

std::vector<std::string> Fields(const absl::Status& status) {
  std::vector<std::string> fields;
  const google::rpc::Status rpc_status = ToRpcStatus(status);
  for (const auto& detail : rpc_status.details()) {
    google::rpc::BadRequest bad_request;
    if (!detail.UnpackTo(&bad_request)) continue;
    for (const auto& violation : bad_request.field_violations()) {
      fields.push_back(violation.field());
    }
  }
  return fields;
}

TEST(UnreadableRequestTest, NamesEachFieldThatIsNotUtf8) {
  const absl::Status status = Describe<v1::ResolveRequest>(
      Field(1, "\xFFstore.local") + Field(2, "bn1") + Field(2, "\xC0\xAF"));
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_THAT(Fields(status), ElementsAre("host", "bridges[1]"));
}

TEST(UnreadableRequestTest, NamesAFieldWithinAMessage) {
  const std::string good = Field(2, "http://store.local");
  const std::string bad = Field(6, Field(2, "secret\xFF"));
  const absl::Status status =
      Describe<v1::DownloadRequest>(Field(4, good) + Field(4, bad));
  EXPECT_THAT(Fields(status), ElementsAre("datastores[1].credentials.value"));
  EXPECT_EQ(std::string(status.message()).find("secret"), std::string::npos);
}

TEST(UnreadableRequestTest, OfManyItNamesAFew) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += Field(2, "\xFF");
  EXPECT_EQ(Fields(Describe<v1::ResolveRequest>(bytes)).size(), 16u);
}

TEST(UnreadableRequestTest, WhatIsNoMessageIsSaidWithoutAField) {
  for (const std::string& bytes :
       {std::string("\x0A\x7F\x01"), std::string("\xFF"),
        std::string("\x0A\xFF\xFF\xFF\xFF\x0F")}) {
    const absl::Status status = Describe<v1::ResolveRequest>(bytes);
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_REQUEST);
    EXPECT_THAT(Fields(status), IsEmpty());
  }
}

}  // namespace
}  // namespace localstore::server
