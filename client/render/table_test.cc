#include "client/render/table.h"

#include "client/render/style.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

TEST(TableTest, LinesUpColumnsByWidth) {
  Table table({"BRIDGE", "HOST"});
  table.AddRow({"bn1", "a"});
  table.AddRow({"東京東京", ""});
  EXPECT_EQ(table.Render("  "),
            "  BRIDGE    HOST\n"
            "  bn1       a\n"
            "  東京東京\n");
}

TEST(TableTest, NoRowsNoTable) {
  const Table table({"BRIDGE"});
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.Render(), "");
}

TEST(StyleTest, PaintsOnlyWhereColoursAreWanted) {
  EXPECT_EQ((Style{Charset::kAscii, false}).Paint(Colour::kRed, "x"), "x");
  EXPECT_EQ((Style{Charset::kAscii, true}).Paint(Colour::kRed, "x"),
            "\x1b[31mx\x1b[0m");
  EXPECT_EQ((Style{Charset::kAscii, true}).Paint(Colour::kNone, "x"), "x");
}

}  // namespace
}  // namespace localstore::client
