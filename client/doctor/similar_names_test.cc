#include "client/doctor/similar_names.h"

#include <string>

#include "gtest/gtest.h"

namespace localstore::client {
namespace {

TEST(IsRenamedAfterConflictTest, KnowsTheNumberThatAvahiAppends) {
  EXPECT_TRUE(IsRenamedAfterConflict("store-2.local", "store.local"));
  EXPECT_TRUE(IsRenamedAfterConflict("STORE-17.local", "store.local"));
  EXPECT_FALSE(IsRenamedAfterConflict("store.local", "store.local"));
  EXPECT_FALSE(IsRenamedAfterConflict("store-x.local", "store.local"));
  EXPECT_FALSE(IsRenamedAfterConflict("store-.local", "store.local"));
  EXPECT_FALSE(IsRenamedAfterConflict("backup-2.local", "store.local"));
}

TEST(IsSimilarNameTest, FindsMistypedNamesAndParts) {
  EXPECT_TRUE(IsSimilarName("stroe.local", "store.local"));
  EXPECT_TRUE(IsSimilarName("backup-store.local", "store.local"));
  EXPECT_TRUE(
      IsSimilarName("ubuntu-4321-http.local", "ubuntu-4321-http-server.local"));
  EXPECT_FALSE(IsSimilarName("store.local", "STORE.local"));
  EXPECT_FALSE(IsSimilarName("printer.local", "store.local"));
  EXPECT_FALSE(IsSimilarName("", "store.local"));
  EXPECT_FALSE(IsSimilarName(std::string(100'000, 'a'), "store.local"));
}

TEST(NameDistanceTest, CountsWithinTheFirstLabel) {
  EXPECT_EQ(NameDistance("Stroe.local", "store.local"), 1);
  EXPECT_EQ(NameDistance("my-store.local", "store"), 3);
}

}  // namespace
}  // namespace localstore::client
