// The log as a reader of standard error sees it.
#include "server/logging/log.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "server/logging/event_limiter.h"
#include "server/logging/log_context.h"

namespace localstore::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// Standard error goes to a file while it is there.
class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    char name[] = "/tmp/localstore_XXXXXX";
    file_ = mkstemp(name);
    path_ = name;
    saved_ = dup(STDERR_FILENO);
    dup2(file_, STDERR_FILENO);
  }
  ~LogTest() override {
    dup2(saved_, STDERR_FILENO);
    close(saved_);
    close(file_);
    unlink(path_.c_str());
    ConfigureLog(LogLevel::kInfo, LogFormat::kText);
  }

  std::vector<std::string> Lines() const {
    std::ifstream file(path_);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  // The strings of an object. By reflection, which is the library's own code:
  // under ThreadSanitizer the headers lay a map field out in another way than
  // the library was built with.
  static std::map<std::string, std::string> Parse(const std::string& line) {
    google::protobuf::Struct object;
    const auto status =
        google::protobuf::util::JsonStringToMessage(line, &object);
    EXPECT_TRUE(status.ok()) << line << ": " << status.ToString();
    const auto* fields =
        google::protobuf::Struct::GetDescriptor()->FindFieldByName("fields");
    const auto* entry_type = fields->message_type();
    std::map<std::string, std::string> strings;
    for (int i = 0; i < google::protobuf::Struct::GetReflection()->FieldSize(
                            object, fields);
         ++i) {
      const auto& entry =
          google::protobuf::Struct::GetReflection()->GetRepeatedMessage(
              object, fields, i);
      const auto& value = entry.GetReflection()->GetMessage(
          entry, entry_type->FindFieldByName("value"));
      strings[entry.GetReflection()->GetString(
          entry, entry_type->FindFieldByName("key"))] =
          static_cast<const google::protobuf::Value&>(value).string_value();
    }
    return strings;
  }

  int file_;
  int saved_;
  std::string path_;
};

TEST_F(LogTest, EachJsonLineParsesWhateverIsInIt) {
  ConfigureLog(LogLevel::kInfo, LogFormat::kJson);
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) {
    every_byte.push_back(static_cast<char>(byte));
  }
  LogInfo("hostile", {{"host", every_byte}, {"peer", "a\nb\"}{"}});
  LogError(every_byte, {{"bridge", "\xE2\x82"}});
  const auto lines = Lines();
  ASSERT_THAT(lines, SizeIs(2));
  const auto first = Parse(lines[0]);
  EXPECT_EQ(first.at("message"), "hostile");
  EXPECT_EQ(first.at("level"), "info");
  EXPECT_EQ(first.at("peer"), "a\nb\"}{");
  EXPECT_EQ(Parse(lines[1]).at("level"), "error");
}

TEST_F(LogTest, WritesWhatTheLevelAsksFor) {
  ConfigureLog(LogLevel::kWarning, LogFormat::kText);
  LogDebug("one");
  LogInfo("two");
  LogWarning("three");
  EXPECT_FALSE(IsLogged(LogLevel::kInfo));
  const auto lines = Lines();
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_THAT(lines[0], EndsWith(" warning three"));
}

TEST_F(LogTest, LinesBeginWithTheirLevelWhereJournaldReadsThem) {
  ConfigureLog(LogLevel::kInfo, LogFormat::kText, JournalLevels::kAlways);
  LogWarning("to the journal");
  ConfigureLog(LogLevel::kInfo, LogFormat::kText, JournalLevels::kNever);
  LogWarning("to a file");
  const auto lines = Lines();
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[0], StartsWith("<4>20"));
  EXPECT_THAT(lines[1], StartsWith("20"));
}

TEST_F(LogTest, EventsOfOnePieceOfWorkCarryItsFields) {
  ConfigureLog(LogLevel::kInfo, LogFormat::kText);
  {
    const LogContext call({{"request_id", "r-1"}, {"peer", "unix"}});
    LogInfo("in a call");
    const LogContext job({{"request_id", "r-0"}, {"download_id", "d"}});
    LogInfo("in its job", {{"peer", "own"}});
    std::thread([] { LogInfo("elsewhere"); }).join();
  }
  LogInfo("after it");
  const auto lines = Lines();
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_THAT(lines[0], EndsWith("in a call request_id=r-1 peer=unix"));
  EXPECT_THAT(lines[1],
              EndsWith("in its job peer=own request_id=r-0 download_id=d"));
  EXPECT_THAT(lines[2], EndsWith(" elsewhere"));
  EXPECT_THAT(lines[3], EndsWith(" after it"));
}

TEST_F(LogTest, AFloodIsCutShort) {
  ConfigureLog(LogLevel::kInfo, LogFormat::kText);
  const int64_t suppressed = SuppressedEvents();
  const int64_t logged = LoggedEvents(LogLevel::kInfo);
  constexpr int kEvents = 20'000;
  for (int i = 0; i < kEvents; ++i) LogInfo("flood", {{"n", absl::StrCat(i)}});
  const auto written = static_cast<int64_t>(Lines().size());
  EXPECT_GE(written, EventLimiter::kBurst);
  EXPECT_LT(written, kEvents / 2);
  EXPECT_EQ(LoggedEvents(LogLevel::kInfo) - logged, written);
  EXPECT_EQ(SuppressedEvents() - suppressed, kEvents - written);
}

TEST_F(LogTest, ThreadsDoNotBreakEachOthersLines) {
  ConfigureLog(LogLevel::kInfo, LogFormat::kText);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 50; ++i) {
        LogInfo(absl::StrCat("from ", t), {{"end", "here"}});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto lines = Lines();
  EXPECT_THAT(lines, SizeIs(200));
  for (const std::string& line : lines) {
    EXPECT_THAT(line, HasSubstr(" info from "));
    EXPECT_THAT(line, EndsWith(" end=here"));
    EXPECT_THAT(line, Not(HasSubstr("here ")));
  }
}

}  // namespace
}  // namespace localstore::server
