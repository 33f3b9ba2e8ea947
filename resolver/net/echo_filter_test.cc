#include "resolver/net/echo_filter.h"

#include <vector>

#include "gtest/gtest.h"

namespace localstore::resolver {
namespace {

using Payload = std::vector<uint8_t>;

TEST(EchoFilterTest, WhatWasSentComesBackOnce) {
  EchoFilter filter;
  const Payload query = {1, 2, 3};
  EXPECT_FALSE(filter.TakeEcho(query));
  filter.Sent(query);
  EXPECT_TRUE(filter.TakeEcho(query));
  EXPECT_FALSE(filter.TakeEcho(query));
}

TEST(EchoFilterTest, SentTwiceComesBackTwice) {
  EchoFilter filter;
  const Payload query = {1, 2, 3};
  filter.Sent(query);
  filter.Sent(query);
  EXPECT_TRUE(filter.TakeEcho(query));
  EXPECT_TRUE(filter.TakeEcho(query));
  EXPECT_FALSE(filter.TakeEcho(query));
}

TEST(EchoFilterTest, OtherBytesAreNoEcho) {
  EchoFilter filter;
  filter.Sent(Payload{1, 2, 3});
  EXPECT_FALSE(filter.TakeEcho(Payload{1, 2}));
  EXPECT_FALSE(filter.TakeEcho(Payload{1, 2, 4}));
  EXPECT_FALSE(filter.TakeEcho(Payload{}));
}

TEST(EchoFilterTest, OnlyTheLastOnesAreRemembered) {
  EchoFilter filter;
  for (uint8_t i = 0; i < 100; ++i) filter.Sent(Payload{i});
  EXPECT_FALSE(filter.TakeEcho(Payload{0}));
  EXPECT_TRUE(filter.TakeEcho(Payload{99}));
  EXPECT_TRUE(filter.TakeEcho(Payload{80}));
}

}  // namespace
}  // namespace localstore::resolver
