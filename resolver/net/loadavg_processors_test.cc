#include "resolver/net/loadavg_processors.h"

#include <atomic>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace localstore::resolver {
namespace {

using Load = Processors::Load;

TEST(LoadavgProcessorsTest, TheRunnableThreadsAreReadFromTheFourthField) {
  EXPECT_EQ(ParseRunnable("2.28 1.15 0.47 5/152 7716\n"), 5);
  EXPECT_EQ(ParseRunnable("0.00 0.00 0.00 1/80 1"), 1);
}

TEST(LoadavgProcessorsTest, WhatIsNotOfThatFormIsNoCount) {
  for (const char* text : {"", "\n", "1 2 3", "0.1 0.2 0.3 x/80 1",
                           "0.1 0.2 0.3 /80 1", "0.1 0.2 0.3 -1/80 1"}) {
    EXPECT_EQ(ParseRunnable(text), absl::nullopt) << text;
  }
}

TEST(LoadavgProcessorsTest, AThreadMoreThanProcessorsWaitsForOne) {
  EXPECT_EQ(LoadOf(0, 2), Load::kIdle);
  EXPECT_EQ(LoadOf(1, 2), Load::kIdle);
  EXPECT_EQ(LoadOf(2, 2), Load::kShared);
  EXPECT_EQ(LoadOf(3, 2), Load::kCrowded);
  EXPECT_EQ(LoadOf(1, 1), Load::kIdle);
  EXPECT_EQ(LoadOf(2, 1), Load::kCrowded);
}

TEST(LoadavgProcessorsTest, ThisMachineIsCrowdedWhileMoreThreadsRunThanItHas) {
  std::atomic<bool> ended{false};
  std::vector<std::thread> threads;
  const unsigned count = 2 * std::thread::hardware_concurrency() + 2;
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([&ended] {
      while (!ended.load(std::memory_order_relaxed)) {
      }
    });
  }
  LoadavgProcessors processors;
  // Until the threads have all begun, a bounded number of times.
  bool crowded = false;
  for (int i = 0; i < 10'000'000 && !crowded; ++i) {
    crowded = processors.Look() == Load::kCrowded;
  }
  ended = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(crowded);
}

}  // namespace
}  // namespace localstore::resolver
