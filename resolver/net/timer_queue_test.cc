#include "resolver/net/timer_queue.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::resolver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::Time At(int milliseconds) {
  return absl::UnixEpoch() + absl::Milliseconds(milliseconds);
}

TEST(TimerQueueTest, EmptyQueueHasNoDeadline) {
  const TimerQueue queue;
  EXPECT_EQ(queue.NextDeadline(), absl::InfiniteFuture());
  EXPECT_THAT(queue.Due(At(1'000'000)), IsEmpty());
}

TEST(TimerQueueTest, DueByDeadlineThenAsAdded) {
  TimerQueue queue;
  const auto c = queue.Add(At(30), [] {});
  const auto a = queue.Add(At(10), [] {});
  const auto b1 = queue.Add(At(20), [] {});
  const auto b2 = queue.Add(At(20), [] {});
  EXPECT_EQ(queue.NextDeadline(), At(10));
  EXPECT_THAT(queue.Due(At(9)), IsEmpty());
  EXPECT_THAT(queue.Due(At(20)), ElementsAre(a, b1, b2));
  EXPECT_THAT(queue.Due(At(30)), ElementsAre(a, b1, b2, c));
}

TEST(TimerQueueTest, TakeReturnsTheTaskOnce) {
  TimerQueue queue;
  int runs = 0;
  const auto id = queue.Add(At(1), [&] { ++runs; });
  queue.Take(id)();
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(queue.Take(id));
  EXPECT_EQ(queue.NextDeadline(), absl::InfiniteFuture());
}

TEST(TimerQueueTest, CancelledIsGoneAndUnknownIsIgnored) {
  TimerQueue queue;
  const auto a = queue.Add(At(1), [] {});
  const auto b = queue.Add(At(1), [] {});
  queue.Cancel(a);
  queue.Cancel(a);
  queue.Cancel(0);
  queue.Cancel(12345);
  EXPECT_THAT(queue.Due(At(1)), ElementsAre(b));
}

TEST(TimerQueueTest, IdsAreNeverZeroNorUsedTwice) {
  TimerQueue queue;
  const auto a = queue.Add(At(1), [] {});
  queue.Cancel(a);
  const auto b = queue.Add(At(1), [] {});
  EXPECT_NE(a, 0u);
  EXPECT_NE(a, b);
}

TEST(TimerQueueTest, WhatACancelledTaskHeldMayCancelInItsTurn) {
  TimerQueue queue;
  const auto other = queue.Add(At(1), [] {});
  struct CancelsAtItsEnd {
    ~CancelsAtItsEnd() { queue->Cancel(id); }
    TimerQueue* queue;
    TimerQueue::TimerId id;
  };
  std::shared_ptr<CancelsAtItsEnd> held(new CancelsAtItsEnd{&queue, other});
  const auto id = queue.Add(At(1), [held] {});
  held = nullptr;
  queue.Cancel(id);
  EXPECT_THAT(queue.Due(At(1)), IsEmpty());
}

TEST(TimerQueueTest, AnInfiniteDeadlineIsNeverDue) {
  TimerQueue queue;
  queue.Add(absl::InfiniteFuture(), [] {});
  EXPECT_THAT(queue.Due(At(1'000'000'000)), IsEmpty());
}

}  // namespace
}  // namespace localstore::resolver
