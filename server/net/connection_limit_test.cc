#include "server/net/connection_limit.h"

#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "gtest/gtest.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

class ConnectionLimitTest : public ::testing::Test {
 protected:
  ~ConnectionLimitTest() override {
    for (const int descriptor : open_) close(descriptor);
  }
  int Open() {
    open_.push_back(socket(AF_UNIX, SOCK_STREAM, 0));
    return open_.back();
  }
  void CloseLast() {
    close(open_.back());
    open_.pop_back();
  }

  FakeTimer timer_;
  std::vector<int> open_;
};

TEST_F(ConnectionLimitTest, NoMoreThanTheLimit) {
  ConnectionLimit limit(4, &timer_);
  EXPECT_TRUE(limit.Admit(Open(), "a"));
  EXPECT_TRUE(limit.Admit(Open(), "b"));
  EXPECT_TRUE(limit.Admit(Open(), "c"));
  EXPECT_TRUE(limit.Admit(Open(), "d"));
  EXPECT_FALSE(limit.Admit(Open(), "e"));
}

TEST_F(ConnectionLimitTest, OneClientLeavesRoomForOthers) {
  ConnectionLimit limit(4, &timer_);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.Admit(Open(), "a"));
  EXPECT_FALSE(limit.Admit(Open(), "a"));
  EXPECT_TRUE(limit.Admit(Open(), "b"));
}

TEST_F(ConnectionLimitTest, WhatWasClosedCountsNoMore) {
  ConnectionLimit limit(4, &timer_);
  for (int round = 0; round < 100; ++round) {
    EXPECT_TRUE(limit.Admit(Open(), "a")) << round;
    CloseLast();
  }
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.Admit(Open(), "a")) << i;
  EXPECT_FALSE(limit.Admit(Open(), "a"));
  CloseLast();
  CloseLast();
  EXPECT_TRUE(limit.Admit(Open(), "a"));
}

TEST_F(ConnectionLimitTest, ANumberThatIsAnothersByNowCountsNoMore) {
  ConnectionLimit limit(4, &timer_);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.Admit(Open(), "a"));
  CloseLast();
  const int another = Open();  // has the number of the one that was closed
  EXPECT_TRUE(limit.Admit(Open(), "a"));
  EXPECT_FALSE(limit.Admit(Open(), "a"));
  EXPECT_GE(another, 0);
}

TEST_F(ConnectionLimitTest, FollowsTheConfiguration) {
  ConnectionLimit limit(4, &timer_);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.Admit(Open(), "a"));
  limit.SetLimit(8);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.Admit(Open(), "a"));
  EXPECT_FALSE(limit.Admit(Open(), "a"));
  limit.SetLimit(4);
  EXPECT_FALSE(limit.Admit(Open(), "b"));
}

TEST_F(ConnectionLimitTest, WhoIsExpelledIsDisconnectedAndStaysOutForAWhile) {
  ConnectionLimit limit(8, &timer_);
  int pair[2] = {};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
  open_ = {pair[0], pair[1]};
  EXPECT_TRUE(limit.Admit(pair[0], "a"));
  const int other = Open();
  EXPECT_TRUE(limit.Admit(other, "b"));
  ASSERT_EQ(send(pair[1], "flood", 5, 0), 5);

  EXPECT_EQ(limit.Expel("a"), 1);

  char byte = 0;
  EXPECT_EQ(recv(pair[0], &byte, 1, 0), 0) << "what it had sent is not read";
  EXPECT_EQ(recv(pair[1], &byte, 1, 0), 0);
  EXPECT_FALSE(limit.Admit(Open(), "a"));
  EXPECT_TRUE(limit.Admit(Open(), "b"));
  timer_.Advance(ConnectionLimit::kBanishment);
  EXPECT_TRUE(limit.Admit(Open(), "a"));
}

}  // namespace
}  // namespace localstore::server
