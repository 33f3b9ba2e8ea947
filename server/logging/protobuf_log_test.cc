#include "server/logging/protobuf_log.h"

#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "server/logging/log.h"

namespace localstore::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ProtobufLogTest, QuotesNothingThatACallerSent) {
  TakeOverProtobufLog();
  ConfigureLog(LogLevel::kDebug, LogFormat::kText, JournalLevels::kNever);
  ::testing::internal::CaptureStderr();
  google::protobuf::Duration duration;
  google::protobuf::TextFormat::ParseFromString("s3cret: 1", &duration);
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(written, HasSubstr("Protobuf has something to say"));
  EXPECT_THAT(written, Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace localstore::server
