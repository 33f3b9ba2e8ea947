#include "server/logging/event_format.h"

#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::server {
namespace {

using ::testing::Not;

LogEvent Event(const std::string& message, const LogFields& fields) {
  LogEvent event;
  event.time = absl::FromUnixMillis(1'767'323'045'678);
  event.level = LogLevel::kWarning;
  event.message = message;
  event.fields = fields;
  return event;
}

TEST(FormatLogEventTest, TextHasTimeLevelMessageAndFields) {
  EXPECT_EQ(FormatLogEvent(Event("download failed",
                                 {{"download_id", "a-1"}, {"peer", ""}}),
                           LogFormat::kText),
            "2026-01-02T03:04:05.678Z warning download failed download_id=a-1");
}

TEST(FormatLogEventTest, TextQuotesWhatWouldNotParse) {
  EXPECT_EQ(FormatLogEvent(Event("m", {{"error", "a \"b\" c\\"}, {"k", "x=y"}}),
                           LogFormat::kText),
            "2026-01-02T03:04:05.678Z warning m error=\"a \\\"b\\\" c\\\\\" "
            "k=\"x=y\"");
}

TEST(FormatLogEventTest, JsonIsOneObject) {
  EXPECT_EQ(
      FormatLogEvent(Event("m", {{"host", "caf\xC3\xA9.local"}, {"n", "\x01"}}),
                     LogFormat::kJson),
      "{\"time\":\"2026-01-02T03:04:05.678Z\",\"level\":\"warning\","
      "\"message\":\"m\",\"host\":\"caf\xC3\xA9.local\",\"n\":\"\\u0001\"}");
}

class HostileValueTest : public ::testing::TestWithParam<std::string> {};

TEST_P(HostileValueTest, StaysOneLineInEitherFormat) {
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    const std::string line =
        FormatLogEvent(Event(GetParam(), {{"k", GetParam()}}), format);
    for (const char c : line) {
      EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
      EXPECT_NE(static_cast<unsigned char>(c), 0x7F) << line;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Values, HostileValueTest,
                         ::testing::Values("a\nb", "a\r\n2026 info forged",
                                           std::string("nul\0nul", 7),
                                           "\x1b[31mred", "\x7f"));

TEST(FormatLogEventTest, BytesThatAreNotUtf8AreEscaped) {
  for (const std::string bad :
       {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xE2\x82", "\xF5\x80\x80\x80"}) {
    const std::string line =
        FormatLogEvent(Event("m", {{"k", bad}}), LogFormat::kJson);
    EXPECT_THAT(line, Not(::testing::HasSubstr(bad)));
    EXPECT_THAT(line, ::testing::HasSubstr("\\u00"));
  }
}

TEST(FormatLogEventTest, JournalKnowsTheLevels) {
  EXPECT_EQ(JournalPrefix(LogLevel::kDebug), "<7>");
  EXPECT_EQ(JournalPrefix(LogLevel::kInfo), "<6>");
  EXPECT_EQ(JournalPrefix(LogLevel::kWarning), "<4>");
  EXPECT_EQ(JournalPrefix(LogLevel::kError), "<3>");
}

}  // namespace
}  // namespace localstore::server
