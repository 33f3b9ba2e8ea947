#include "resolver/lookup/lookup_failure.h"

#include "gtest/gtest.h"

namespace localstore::resolver {
namespace {

TEST(LookupFailureTest, ANumberBehindTheNameItselfIsAConflict) {
  EXPECT_TRUE(IsRenamed("store-2.local", "store.local"));
  EXPECT_TRUE(IsRenamed("ubuntu-4321-17.local", "ubuntu-4321.local"));
  EXPECT_FALSE(IsRenamed("store.local", "store.local"));
  EXPECT_FALSE(IsRenamed("store-.local", "store.local"));
  EXPECT_FALSE(IsRenamed("store-2b.local", "store.local"));
  EXPECT_FALSE(IsRenamed("store2.local", "store.local"));
  EXPECT_FALSE(IsRenamed("store-1.local", "store-2.local"));
  EXPECT_FALSE(IsRenamed("a-store-2.local", "store.local"));
  EXPECT_FALSE(IsRenamed("sotre-2.local", "store.local"));
}

TEST(LookupFailureTest, SimilarNamesLookAlike) {
  EXPECT_TRUE(LooksLike("stroe.local", "store.local"));
  EXPECT_TRUE(LooksLike("backup-store.local", "store.local"));
  EXPECT_TRUE(LooksLike("store-1.local", "store-2.local"));
  EXPECT_FALSE(LooksLike("camera.local", "store.local"));
}

}  // namespace
}  // namespace localstore::resolver
