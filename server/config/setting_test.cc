#include "server/config/setting.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"

namespace localstore::server {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(SettingNamesTest, AreTheFieldsThatTextCanSet) {
  EXPECT_THAT(SettingNames(), Contains("max_active_downloads"));
  EXPECT_THAT(SettingNames(), Contains("resolve_timeout"));
  EXPECT_THAT(SettingNames(), Not(Contains("datastores")));
}

TEST(SetFromTextTest, SetsEachKind) {
  v1::Config config;
  EXPECT_TRUE(SetFromText("listen", "a, b,,c", config).ok());
  EXPECT_TRUE(SetFromText("download_dir", "/x", config).ok());
  EXPECT_TRUE(SetFromText("max_active_downloads", "7", config).ok());
  EXPECT_TRUE(SetFromText("max_image_bytes", "5000000000", config).ok());
  EXPECT_TRUE(SetFromText("allow_insecure_listen", "false", config).ok());
  EXPECT_TRUE(SetFromText("resolve_timeout", "1.5s", config).ok());
  EXPECT_THAT(config.listen(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(config.download_dir(), "/x");
  EXPECT_EQ(config.max_active_downloads(), 7);
  EXPECT_EQ(config.max_image_bytes(), 5'000'000'000);
  EXPECT_TRUE(config.has_allow_insecure_listen());
  EXPECT_FALSE(config.allow_insecure_listen());
  EXPECT_EQ(config.resolve_timeout().nanos(), 500'000'000);
}

TEST(SetFromTextTest, ReplacesAList) {
  v1::Config config;
  config.add_bridges("old");
  EXPECT_TRUE(SetFromText("bridges", "bn*", config).ok());
  EXPECT_THAT(config.bridges(), ElementsAre("bn*"));
  EXPECT_TRUE(SetFromText("bridges", "", config).ok());
  EXPECT_THAT(config.bridges(), IsEmpty());
}

TEST(SetFromTextTest, SaysWhatIsExpected) {
  v1::Config config;
  EXPECT_THAT(
      std::string(SetFromText("max_active_downloads", "x", config).message()),
      HasSubstr("max_active_downloads: \"x\" is not a whole number"));
  EXPECT_FALSE(SetFromText("max_active_downloads", "99999999999", config).ok());
  EXPECT_FALSE(SetFromText("allow_insecure_listen", "maybe", config).ok());
  EXPECT_FALSE(SetFromText("resolve_timeout", "3 weeks", config).ok());
  EXPECT_FALSE(SetFromText("nonsense", "x", config).ok());
  EXPECT_FALSE(SetFromText("datastores", "x", config).ok());
}

TEST(NearestTest, FindsTypingErrorsOnly) {
  EXPECT_EQ(Nearest("max_activ_downloads", SettingNames()),
            "max_active_downloads");
  EXPECT_EQ(Nearest("listne", SettingNames()), "listen");
  EXPECT_EQ(Nearest("quite_another_thing", SettingNames()), "");
}

}  // namespace
}  // namespace localstore::server
