#include "fetcher/http/printable.h"

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

TEST(PrintableTest, KeepsWhatCanBePrinted) {
  EXPECT_EQ(Printable("application/x-qemu-disk; a=\"b\" ~"),
            "application/x-qemu-disk; a=\"b\" ~");
}

TEST(PrintableTest, ReplacesAllElse) {
  EXPECT_EQ(Printable("a\x1b[2Jb\r\n\xff\x7f"), "a?[2Jb????");
}

TEST(PrintableTest, IsBounded) {
  EXPECT_EQ(Printable("abcdef", 3), "abc");
  EXPECT_EQ(Printable(std::string(1000, 'x')).size(), 256);
}

}  // namespace
}  // namespace localstore::fetcher
