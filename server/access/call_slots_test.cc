#include "server/access/call_slots.h"

#include <array>
#include <memory>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

TEST(CallSlotsTest, EachClientHasItsOwn) {
  CallSlots slots(2);
  auto first = slots.Take("a");
  const auto second = slots.Take("a");
  ASSERT_TRUE(first.ok() && second.ok());
  const auto third = slots.Take("a");
  EXPECT_EQ(ReasonOf(third.status()), v1::ERROR_REASON_TOO_MANY_CALLS);
  EXPECT_EQ(MetadataOf(third.status(), "limit"), "2");
  EXPECT_EQ(ToRpcStatus(third.status()).details_size(), 2);  // RetryInfo, too
  EXPECT_TRUE(slots.Take("b").ok());
  *first = CallSlots::Slot();
  EXPECT_TRUE(slots.Take("a").ok());
}

TEST(CallSlotsTest, ALowerLimitHoldsForThoseToCome) {
  CallSlots slots(2);
  auto held = std::make_unique<std::vector<CallSlots::Slot>>();
  held->push_back(*slots.Take("a"));
  held->push_back(*slots.Take("a"));
  slots.SetLimit(1);
  held->pop_back();
  EXPECT_FALSE(slots.Take("a").ok());
  held->pop_back();
  EXPECT_TRUE(slots.Take("a").ok());
}

TEST(CallSlotsTest, ASlotMayOutliveTheTable) {
  auto slots = std::make_unique<CallSlots>(1);
  const auto slot = slots->Take("a");
  slots.reset();
  EXPECT_TRUE(slot.ok());
}

TEST(CallSlotsTest, ManyThreadsAtOnceNeverExceedTheLimit) {
  CallSlots slots(3);
  std::array<std::thread, 4> threads;
  for (std::thread& thread : threads) {
    thread = std::thread([&slots] {
      for (int round = 0; round < 1000; ++round) {
        const auto slot = slots.Take("a");
        const auto other = slots.Take("b");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto a = slots.Take("a");
  const auto b = slots.Take("a");
  const auto c = slots.Take("a");
  EXPECT_TRUE(a.ok() && b.ok() && c.ok());
  EXPECT_FALSE(slots.Take("a").ok());
}

}  // namespace
}  // namespace localstore::server
