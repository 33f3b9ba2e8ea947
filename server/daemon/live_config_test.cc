#include "server/daemon/live_config.h"

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;

TEST(CompareConfigsTest, SaysWhatChangedAndFromWhat) {
  v1::Config before;
  before.set_log_level("info");
  before.set_max_active_downloads(4);
  before.mutable_resolve_timeout()->set_seconds(3);
  before.add_bridges("bn*");
  before.set_download_dir("/a");
  v1::Config after = before;
  after.set_log_level("debug");
  after.set_max_active_downloads(8);
  after.mutable_resolve_timeout()->set_seconds(90);
  after.add_bridges("br-*");
  after.set_download_dir("/b");
  after.add_datastores()->mutable_credentials()->set_value("s3cret");
  after.add_access()->add_callers("uid:0");
  const ConfigChanges changes = CompareConfigs(before, after);
  EXPECT_THAT(changes.live,
              ElementsAre("bridges=[\"bn*\" \"br-*\"] (was [\"bn*\"])",
                          "max_active_downloads=8 (was 4)",
                          "resolve_timeout=1m30s (was 3s)",
                          "log_level=\"debug\" (was \"info\")", "datastores",
                          "access"));
  EXPECT_THAT(changes.needs_restart,
              ElementsAre("download_dir=\"/b\" (was \"/a\")"));
  EXPECT_TRUE(CompareConfigs(after, after).live.empty());
}

// What config.proto says of a setting is what happens at a reload.
TEST(IsLiveTest, IsAsDocumented) {
  std::ifstream file("protos/localstore/v1/config.proto");
  ASSERT_TRUE(file);
  std::string comment;
  int settings = 0;
  for (std::string line; std::getline(file, line) && line != "}";) {
    if (line.compare(0, 5, "  // ") == 0) {
      comment += line.substr(5) + " ";
      continue;
    }
    // "optional", the type, the name, "=", the number.
    const std::vector<std::string> words =
        absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() == 5 && words[3] == "=") {
      ++settings;
      EXPECT_EQ(IsLive(words[2]), comment.compare(0, 4, "Live") == 0)
          << words[2];
    }
    comment.clear();
  }
  EXPECT_EQ(settings, v1::Config::descriptor()->field_count());
}

}  // namespace
}  // namespace localstore::server
