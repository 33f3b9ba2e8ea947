#include "client/terminal/event_loop.h"

#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::ElementsAre;

TEST(EventLoopTest, RunsTasksInOrderUrgentOnesFirst) {
  EventLoop loop;
  std::vector<int> ran;
  loop.Post([&] { ran.push_back(1); });
  loop.Post([&] {
    ran.push_back(2);
    loop.Stop();
  });
  loop.PostUrgent([&] { ran.push_back(0); });
  loop.Run(absl::Hours(1), [] {});
  EXPECT_THAT(ran, ElementsAre(0, 1, 2));
}

TEST(EventLoopTest, TicksWhileNothingHappens) {
  EventLoop loop;
  int ticks = 0;
  loop.Run(absl::ZeroDuration(), [&] {
    if (++ticks == 3) loop.Stop();
  });
  EXPECT_EQ(ticks, 3);
}

TEST(EventLoopTest, RunsAgainAfterItWasStopped) {
  EventLoop loop;
  for (int i = 0; i < 2; ++i) {
    loop.Post([&] { loop.Stop(); });
    loop.Run(absl::Hours(1), [] {});
  }
}

TEST(EventLoopTest, HoldsBackWhoPostsTooFast) {
  EventLoop loop;
  constexpr int kTasks = 10'000;
  int ran = 0;
  std::thread poster([&] {
    for (int i = 0; i < kTasks; ++i) {
      loop.Post([&] {
        if (++ran == kTasks) loop.Stop();
      });
    }
  });
  loop.Run(absl::Hours(1), [] {});
  poster.join();
  EXPECT_EQ(ran, kTasks);
}

TEST(EventLoopTest, ClosingFreesWhoWaits) {
  EventLoop loop;
  std::thread poster([&] {
    for (int i = 0; i < 10'000; ++i) loop.Post([] { FAIL(); });
  });
  loop.Close();
  poster.join();
}

}  // namespace
}  // namespace localstore::client
