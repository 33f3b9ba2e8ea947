#include "client/render/json.h"

#include <cstdint>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.pb.h"
#include "protos/errors/error.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ToJsonTest, IsOneLineWithEveryField) {
  v1::ResolveResponse response;
  response.set_host("a.local");
  response.add_endpoints()->set_source_address("10.1.0.1");
  const std::string json = ToJson(response);
  EXPECT_THAT(json, HasSubstr(R"("host":"a.local")"));
  EXPECT_THAT(json, HasSubstr(R"("sourceAddress":"10.1.0.1")"));
  EXPECT_THAT(json, HasSubstr(R"("fromCache":false)"));
  EXPECT_THAT(json, Not(HasSubstr("\n")));
}

TEST(ToJsonTest, DecodesTheDetailsOfAnError) {
  const std::string json = ToJson(ToRpcStatus(MakeError(
      v1::ERROR_REASON_HOST_NOT_FOUND, "nobody", {{"host", "a.local"}})));
  EXPECT_THAT(
      json, HasSubstr(R"("@type":"type.googleapis.com/google.rpc.ErrorInfo")"));
  EXPECT_THAT(json, HasSubstr(R"("reason":"HOST_NOT_FOUND")"));
  EXPECT_THAT(json, HasSubstr(R"("metadata":{"host":"a.local"})"));
}

TEST(ToJsonTest, OneUnreadablePartDoesNotHideTheRest) {
  v1::StatusResponse response;
  v1::Download& download = *response.add_downloads();
  download.set_download_id("d1");
  download.mutable_eta()->set_seconds(std::numeric_limits<int64_t>::max());
  download.mutable_end_time()->set_seconds(std::numeric_limits<int64_t>::min());
  google::rpc::Status& error = *download.mutable_error();
  error.set_message("broken");
  auto* unknown = error.add_details();
  unknown->set_type_url("type.googleapis.com/acme.Unknown");
  unknown->set_value("\xff");
  auto* garbled = error.add_details();
  garbled->set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  garbled->set_value("\xff\xff");
  const std::string json = ToJson(response);
  EXPECT_THAT(json, HasSubstr("d1"));
  EXPECT_THAT(json, HasSubstr("broken"));
}

TEST(ToJsonTest, EscapesWhatATerminalWouldActOn) {
  v1::ServiceInstance service;
  service.set_instance("\x1b[31m\x7f\xc2\x9b\xe2\x80\xae\n");
  const std::string json = ToJson(service);
  // NOLINTNEXTLINE(misc-misleading-bidirectional): the source has escapes only.
  for (const char* raw : {"\x1b", "\x7f", "\xc2\x9b", "\xe2\x80\xae", "\n"}) {
    EXPECT_THAT(json, Not(HasSubstr(raw)));
  }
}

}  // namespace
}  // namespace localstore::client
