#include "client/arguments/suggestion.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace localstore::client {
namespace {

TEST(EditDistanceTest, CountsLettersAndSwaps) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("abc", ""), 3);
  EXPECT_EQ(EditDistance("resolve", "resolv"), 1);
  EXPECT_EQ(EditDistance("resolve", "reslove"), 1);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
}

TEST(SuggestTest, FindsWhatWasMeant) {
  const std::vector<std::string> known{"resolve", "browse", "download"};
  EXPECT_EQ(Suggest("reslove", known), "resolve");
  EXPECT_EQ(Suggest("downlaod", known), "download");
  EXPECT_EQ(Suggest("dow", known), "download");
  EXPECT_EQ(Suggest("brows", known), "browse");
}

TEST(SuggestTest, SaysNothingRatherThanNonsense) {
  const std::vector<std::string> known{"resolve", "browse", "download"};
  EXPECT_EQ(Suggest("", known), "");
  EXPECT_EQ(Suggest("x", known), "");
  EXPECT_EQ(Suggest("frobnicate", known), "");
  EXPECT_EQ(Suggest(std::string(100'000, 'r'), known), "");
}

}  // namespace
}  // namespace localstore::client
