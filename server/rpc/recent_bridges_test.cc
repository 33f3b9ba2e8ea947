#include "server/rpc/recent_bridges.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/endpoints/fake_host_resolver.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::Property;

resolver::BridgeState Bridge(const std::string& name) {
  resolver::BridgeState state;
  state.name = name;
  return state;
}

TEST(RecentBridgesTest, AsksAnewWhenWhatItKnowsIsNoLongerRecent) {
  FakeHostResolver resolver;
  FakeTimer timer;
  RecentBridges bridges(&resolver, &timer);
  resolver.SetBridges({Bridge("bn1")});
  EXPECT_THAT(*bridges.Get(),
              ElementsAre(Property(&v1::BridgeStatus::name, "bn1")));
  resolver.SetBridges({Bridge("bn1"), Bridge("bn2")});
  timer.Advance(kRecent - absl::Milliseconds(1));
  EXPECT_THAT(*bridges.Get(), testing::SizeIs(1));
  timer.Advance(absl::Milliseconds(1));
  EXPECT_THAT(*bridges.Get(),
              ElementsAre(Property(&v1::BridgeStatus::name, "bn1"),
                          Property(&v1::BridgeStatus::name, "bn2")));
}

TEST(RecentBridgesTest, RemembersThatThereAreNone) {
  FakeHostResolver resolver;
  FakeTimer timer;
  RecentBridges bridges(&resolver, &timer);
  resolver.SetBridges({});
  EXPECT_THAT(*bridges.Get(), testing::IsEmpty());
  resolver.SetBridges({Bridge("bn1")});
  EXPECT_THAT(*bridges.Get(), testing::IsEmpty());
}

}  // namespace
}  // namespace localstore::server
