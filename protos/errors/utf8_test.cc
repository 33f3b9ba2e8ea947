#include "protos/errors/utf8.h"

#include <string>

#include "gtest/gtest.h"

namespace localstore {
namespace {

TEST(ToUtf8Test, LeavesGoodTextAlone) {
  for (const std::string good :
       {"", "plain", "caf\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
    EXPECT_EQ(ToUtf8(good), good);
  }
}

TEST(ToUtf8Test, ReplacesEachByteThatIsNoText) {
  EXPECT_EQ(ToUtf8("a\xFF"), "a\xEF\xBF\xBD");
  EXPECT_EQ(ToUtf8("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(ToUtf8("\xC0\xAFz"), "\xEF\xBF\xBD\xEF\xBF\xBDz");
  EXPECT_EQ(Utf8SequenceLength("\xED\xA0\x80"), 0u);
  EXPECT_EQ(Utf8SequenceLength("\xF4\x90\x80\x80"), 0u);
}

TEST(TruncateTest, CutsBetweenCharacters) {
  EXPECT_EQ(Truncate("short", 5), "short");
  EXPECT_EQ(Truncate("longer", 5), "lo\xE2\x80\xA6");
  EXPECT_EQ(Truncate("a\xC3\xA9\xC3\xA9\xC3\xA9", 5), "a\xE2\x80\xA6");
  EXPECT_EQ(Truncate("\xC3\xA9\xC3\xA9", 3), "\xE2\x80\xA6");
}

}  // namespace
}  // namespace localstore
