#include "fetcher/secret.h"

#include <cstddef>
#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

TEST(SecretTest, WipesWhatWasThere) {
  std::string secret =
      "a long secret that lives on the heap, not in the object";
  const char* const memory = secret.data();
  const size_t bytes = secret.size();
  WipeSecret(secret);
  EXPECT_TRUE(secret.empty());
  ASSERT_EQ(secret.data(), memory);
  // clear() keeps the memory.
  for (size_t i = 0; i < bytes; ++i) EXPECT_EQ(memory[i], '\0');
}

TEST(SecretTest, MovesWithoutLeavingACopy) {
  Secret from(std::string("short"));
  Secret to(std::move(from));
  EXPECT_EQ(to.text(), "short");
  // A short string is copied by a move: the source is wiped all the same.
  // NOLINTNEXTLINE(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  EXPECT_TRUE(from.text().empty());
  Secret other(std::string("other"));
  other = std::move(to);
  EXPECT_EQ(other.text(), "short");
}

}  // namespace
}  // namespace localstore::fetcher
