#include "client/terminal/live_lines.h"

#include <sstream>

#include "gtest/gtest.h"

namespace localstore::client {
namespace {

class LiveLinesTest : public ::testing::Test {
 protected:
  LiveLinesTest() {
    screen_.stream = &out_;
    screen_.redraws = true;
    screen_.columns = [this] { return columns_; };
    screen_.rows = [this] { return rows_; };
  }

  std::string Take() {
    std::string text = out_.str();
    out_.str("");
    return text;
  }

  size_t columns_ = 20;
  size_t rows_ = 5;
  std::ostringstream out_;
  Screen screen_;
};

TEST_F(LiveLinesTest, DrawsOverWhatItDrewBefore) {
  LiveLines lines(&screen_);
  lines.Draw({"one", "two"});
  EXPECT_EQ(Take(), "one\ntwo");
  lines.Draw({"three"});
  EXPECT_EQ(Take(), "\r\x1b[1A\x1b[Jthree");
  lines.Draw({"four"});
  EXPECT_EQ(Take(), "\r\x1b[Jfour");
  lines.Clear();
  EXPECT_EQ(Take(), "\r\x1b[J");
  lines.Clear();
  EXPECT_EQ(Take(), "");
}

TEST_F(LiveLinesTest, PrintedLinesStayAbove) {
  LiveLines lines(&screen_);
  lines.Draw({"bar"});
  Take();
  lines.Print("note\n");
  EXPECT_EQ(Take(), "\r\x1b[Jnote\nbar");
}

TEST_F(LiveLinesTest, GoesUpFurtherWhereANarrowerTerminalBrokeTheLines) {
  LiveLines lines(&screen_);
  lines.Draw({"0123456789012345678"});
  Take();
  columns_ = 7;
  lines.Draw({"x"});
  EXPECT_EQ(Take(), "\r\x1b[2A\x1b[Jx");
}

TEST_F(LiveLinesTest, TakesAwayWhatTheTerminalEchoedToo) {
  LiveLines lines(&screen_);
  lines.NoteEcho(2);
  lines.Draw({"0123456789012345678"});
  Take();
  lines.NoteEcho(2);
  lines.Print("note\n");
  EXPECT_EQ(Take(), "\r\x1b[1A\x1b[Jnote\n0123456789012345678");
  lines.Draw({"x"});
  EXPECT_EQ(Take(), "\r\x1b[Jx");
}

TEST_F(LiveLinesTest, NeverScrollsWhatItDraws) {
  LiveLines lines(&screen_);
  EXPECT_EQ(lines.rows(), 4u);
  lines.Draw({"1", "2", "3", "4", "5", "6"});
  EXPECT_EQ(Take(), "1\n2\n3\n4");
  columns_ = 0;
  rows_ = 0;
  EXPECT_EQ(lines.columns(), 1u);
  EXPECT_EQ(lines.rows(), 1u);
  lines.Draw({"x"});
  lines.Clear();
}

}  // namespace
}  // namespace localstore::client
