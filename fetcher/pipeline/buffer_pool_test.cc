#include "fetcher/pipeline/buffer_pool.h"

#include <cstdint>
#include <memory>

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

constexpr size_t kBytes = 4096;

TEST(BufferPoolTest, TakesWhatFits) {
  BufferPool pool(1, kBytes, nullptr);
  const std::shared_ptr<Buffer> buffer = pool.Take();
  ASSERT_NE(buffer, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer->bytes().data()) % kBytes, 0);
  EXPECT_EQ(buffer->Append("abc"), 3);
  EXPECT_EQ(buffer->bytes(), "abc");
  EXPECT_EQ(buffer->room(), kBytes - 3);
  EXPECT_EQ(buffer->Append(std::string(2 * kBytes, 'x')), kBytes - 3);
  EXPECT_EQ(buffer->room(), 0);
}

TEST(BufferPoolTest, IsBoundedAndUsedAgain) {
  int returned = 0;
  BufferPool pool(2, kBytes, [&] { ++returned; });
  std::shared_ptr<Buffer> a = pool.Take();
  std::shared_ptr<Buffer> b = pool.Take();
  EXPECT_FALSE(pool.HasFree());
  EXPECT_EQ(pool.Take(), nullptr);
  std::shared_ptr<Buffer> reader = a;
  a = nullptr;
  EXPECT_EQ(returned, 0);
  reader = nullptr;
  EXPECT_EQ(returned, 1);
  EXPECT_TRUE(pool.HasFree());
  a = pool.Take();
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->bytes(), "");
}

TEST(BufferPoolTest, TellsOnlyWhenOneWasMissed) {
  int returned = 0;
  BufferPool pool(1, kBytes, [&] { ++returned; });
  pool.Take();
  pool.Take();
  EXPECT_EQ(returned, 0);
}

TEST(BufferPoolTest, BuffersMayOutliveIt) {
  int returned = 0;
  auto pool = std::make_unique<BufferPool>(1, kBytes, [&] { ++returned; });
  std::shared_ptr<Buffer> buffer = pool->Take();
  EXPECT_EQ(pool->Take(), nullptr);
  pool = nullptr;
  buffer->Append("abc");
  buffer = nullptr;
  EXPECT_EQ(returned, 0);
}

}  // namespace
}  // namespace localstore::fetcher
