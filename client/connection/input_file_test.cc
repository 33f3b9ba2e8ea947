#include "client/connection/input_file.h"

#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;

TEST(ReadInputFileTest, ReadsAFileWhole) {
  const std::string path = ::testing::TempDir() + "/input";
  std::ofstream(path) << "a\nb\n";
  EXPECT_EQ(*ReadInputFile(path), "a\nb\n");
}

TEST(ReadInputFileTest, SaysWhichFileAndWhy) {
  EXPECT_THAT(std::string(ReadInputFile("/no/such").status().message()),
              HasSubstr("cannot read /no/such: No such file or directory"));
  EXPECT_THAT(
      std::string(ReadInputFile(::testing::TempDir()).status().message()),
      HasSubstr("Is a directory"));
}

TEST(ReadInputTest, HasBounds) {
  std::istringstream large(std::string((1 << 20) + 1, 'x'));
  EXPECT_THAT(std::string(ReadInput(large, "input").status().message()),
              HasSubstr("larger than 1 MiB"));
  std::istringstream largest(std::string(1 << 20, 'x'));
  EXPECT_TRUE(ReadInput(largest, "input").ok());
  std::istringstream empty;
  EXPECT_THAT(std::string(ReadInput(empty, "input").status().message()),
              HasSubstr("input is empty"));
}

}  // namespace
}  // namespace localstore::client
