#include "server/net/connection_limit.h"

#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "gtest/gtest.h"

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

  std::vector<int> open_;
};

TEST_F(ConnectionLimitTest, NoMoreThanTheLimit) {
  ConnectionLimit limit(4);
  EXPECT_TRUE(limit.Admit(Open(), "a"));
  EXPECT_TRUE(limit.Admit(Open(), "b"));
  EXPECT_TRUE(limit.Admit(Open(), "c"));
  EXPECT_TRUE(limit.Admit(Open(), "d"));
  EXPECT_FALSE(limit.Admit(Open(), "e"));
}

TEST_F(ConnectionLimitTest, OneClientLeavesRoomForOthers) {
  ConnectionLimit limit(4);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.Admit(Open(), "a"));
  EXPECT_FALSE(limit.Admit(Open(), "a"));
  EXPECT_TRUE(limit.Admit(Open(), "b"));
}

TEST_F(ConnectionLimitTest, WhatWasClosedCountsNoMore) {
  ConnectionLimit limit(4);
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
  ConnectionLimit limit(4);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.Admit(Open(), "a"));
  CloseLast();
  const int another = Open();  // has the number of the one that was closed
  EXPECT_TRUE(limit.Admit(Open(), "a"));
  EXPECT_FALSE(limit.Admit(Open(), "a"));
  EXPECT_GE(another, 0);
}

TEST_F(ConnectionLimitTest, FollowsTheConfiguration) {
  ConnectionLimit limit(4);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.Admit(Open(), "a"));
  limit.SetLimit(8);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.Admit(Open(), "a"));
  EXPECT_FALSE(limit.Admit(Open(), "a"));
  limit.SetLimit(4);
  EXPECT_FALSE(limit.Admit(Open(), "b"));
}

}  // namespace
}  // namespace localstore::server
