#include "client/render/terminal_text.h"

#include <string>

#include "gtest/gtest.h"

namespace localstore::client {
namespace {

TEST(EscapeTest, LeavesPrintableTextAlone) {
  EXPECT_EQ(Escape("store.local [00:16:3e]"), "store.local [00:16:3e]");
  EXPECT_EQ(Escape("Zürich 東京"), "Zürich 東京");
  EXPECT_EQ(Escape(""), "");
}

TEST(EscapeTest, ShowsWhatATerminalWouldActOn) {
  EXPECT_EQ(Escape("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
  EXPECT_EQ(Escape("a\nb\rc\td"), "a\\x0ab\\x0dc\\x09d");
  EXPECT_EQ(Escape(std::string("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(Escape("\x7f"), "\\x7f");
  EXPECT_EQ(Escape("\xc2\x9b"
                   "31m"),
            "\\u009b31m");  // C1 CSI
  // NOLINTNEXTLINE(misc-misleading-bidirectional): the source has escapes only.
  EXPECT_EQ(Escape("\xe2\x80\xae"
                   "gpj"),
            "\\u202egpj");  // override
  EXPECT_EQ(Escape("a\xe2\x80\x8b"
                   "b"),
            "a\\u200bb");                             // zero width
  EXPECT_EQ(Escape("\xe2\x80\xa8"), "\\u2028");       // line separator
  EXPECT_EQ(Escape("\xf3\xa0\x81\x81"), "\\ue0041");  // tag
}

TEST(EscapeTest, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(Escape("\xff"), "\\xff");
  EXPECT_EQ(Escape("\xc3"), "\\xc3");           // cut short
  EXPECT_EQ(Escape("\xc0\x80"), "\\xc0\\x80");  // overlong
  EXPECT_EQ(Escape("\xe0\x80\x80"), "\\xe0\\x80\\x80");
  EXPECT_EQ(Escape("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(Escape("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(Escape("\x9b"
                   "31m"),
            "\\x9b31m");  // C1 as a single byte
}

TEST(EscapeTest, AnAsciiTerminalGetsAsciiOnly) {
  EXPECT_EQ(Escape("Zürich", Charset::kAscii), "Z\\u00fcrich");
}

TEST(IsValidUtf8Test, KnowsRfc3629) {
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8("Zürich 東京 \xf0\x9f\x98\x80"));
  EXPECT_FALSE(IsValidUtf8("\xff"));
  EXPECT_FALSE(IsValidUtf8("\xc0\x80"));
  EXPECT_FALSE(IsValidUtf8("a\xed\xa0\x80"));
}

TEST(DisplayWidthTest, CountsColumns) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("Zürich"), 6u);
  EXPECT_EQ(DisplayWidth("東京"), 4u);
  EXPECT_EQ(DisplayWidth("e\xcc\x81"), 1u);  // combining accent
}

TEST(TruncateTest, NeverCutsACharacterInTwo) {
  EXPECT_EQ(Truncate("Zürich", 2), "Zü");
  EXPECT_EQ(Truncate("東京", 3), "東");
  EXPECT_EQ(Truncate("abc", 0), "");
}

TEST(EllipsizeTest, KeepsBothEnds) {
  EXPECT_EQ(Ellipsize("ubuntu-22.04-server.img", 13), "ubunt...r.img");
  EXPECT_EQ(Ellipsize("short", 13), "short");
  EXPECT_EQ(Ellipsize("abcdef", 3), "abc");
  for (size_t width = 0; width < 30; ++width) {
    EXPECT_LE(DisplayWidth(Ellipsize("東京東京東京東京東京東京", width)),
              width);
  }
}

TEST(PadTest, FillsUpByColumns) {
  EXPECT_EQ(Pad("東", 4), "東  ");
  EXPECT_EQ(Pad("abcde", 4), "abcde");
}

}  // namespace
}  // namespace localstore::client
