#include "server/rpc/recent.h"

#include "gtest/gtest.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

TEST(RecentTest, FindsOutAnewWhatIsNoLongerRecent) {
  FakeTimer timer;
  int asked = 0;
  Recent<int> recent([&] { return ++asked; }, &timer);
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(*recent.Get(), 1);
  timer.Advance(kRecent - absl::Milliseconds(1));
  EXPECT_EQ(*recent.Get(), 1);
  timer.Advance(absl::Milliseconds(1));
  EXPECT_EQ(*recent.Get(), 2);
}

TEST(RecentTest, WhatWasGotStaysAsItWas) {
  FakeTimer timer;
  int asked = 0;
  Recent<int> recent([&] { return ++asked; }, &timer);
  const auto first = recent.Get();
  timer.Advance(kRecent);
  EXPECT_EQ(*recent.Get(), 2);
  EXPECT_EQ(*first, 1);
}

}  // namespace
}  // namespace localstore::server
