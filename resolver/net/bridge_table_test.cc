#include "resolver/net/bridge_table.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::resolver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

LinkChange Link(int index, const std::string& name, const std::string& kind,
                bool up = true) {
  LinkChange link;
  link.index = index;
  link.name = name;
  link.kind = kind;
  link.up = up;
  return link;
}

LinkChange Removed(int index) {
  LinkChange link;
  link.removed = true;
  link.index = index;
  return link;
}

AddressChange Address(int index, const std::string& address, int length,
                      uint32_t flags = IFA_F_PERMANENT,
                      uint8_t scope = RT_SCOPE_UNIVERSE) {
  AddressChange change;
  change.index = index;
  change.prefix = {*IpAddress::Parse(address), length};
  change.peer = change.prefix.address;
  change.flags = flags;
  change.scope = scope;
  return change;
}

AddressChange Removed(AddressChange change) {
  change.removed = true;
  return change;
}

class BridgeTableTest : public ::testing::Test {
 protected:
  std::vector<std::string> Names(
      const std::vector<std::string>& patterns = {}) const {
    std::vector<std::string> names;
    for (const Bridge& bridge : table_.Bridges(patterns)) {
      names.push_back(bridge.name);
    }
    return names;
  }

  // Of the only bridge.
  std::vector<std::string> Addresses() const {
    std::vector<std::string> addresses;
    const std::vector<Bridge> bridges = table_.Bridges({});
    for (const IpPrefix& prefix : bridges.at(0).addresses) {
      addresses.push_back(prefix.ToString());
    }
    return addresses;
  }

  BridgeTable table_;
};

TEST_F(BridgeTableTest, WithoutPatternsOnlyBridgesByName) {
  table_.Apply(Link(3, "bn2", "bridge"));
  table_.Apply(Link(2, "bn1", "bridge", false));
  table_.Apply(Link(4, "v0", "veth"));
  table_.Apply(Link(5, "eth0", ""));
  EXPECT_THAT(Names(), ElementsAre("bn1", "bn2"));
  EXPECT_FALSE(table_.Bridges({})[0].up);
  EXPECT_TRUE(table_.Bridges({})[1].up);
  EXPECT_EQ(table_.Bridges({})[0].index, 2);
}

TEST_F(BridgeTableTest, WithPatternsWhateverMatchesButNeverLoopback) {
  LinkChange lo = Link(1, "lo", "");
  lo.loopback = true;
  table_.Apply(lo);
  table_.Apply(Link(2, "bn1", "bridge"));
  table_.Apply(Link(3, "br-17", "bridge"));
  table_.Apply(Link(4, "bn-veth", "veth"));
  EXPECT_THAT(Names({"bn*"}), ElementsAre("bn-veth", "bn1"));
  EXPECT_THAT(Names({"bn?", "br-*"}), ElementsAre("bn1", "br-17"));
  EXPECT_THAT(Names({"*"}), ElementsAre("bn-veth", "bn1", "br-17"));
  EXPECT_THAT(Names({"none"}), IsEmpty());
}

TEST_F(BridgeTableTest, RenamedRemovedAndMadeAnew) {
  table_.Apply(Link(2, "bn1", "bridge"));
  table_.Apply(Address(2, "10.1.0.1", 24));
  table_.Apply(Link(2, "bn9", "bridge"));
  EXPECT_THAT(Names(), ElementsAre("bn9"));
  EXPECT_THAT(Addresses(), ElementsAre("10.1.0.1/24"));
  table_.Apply(Removed(2));
  EXPECT_THAT(Names(), IsEmpty());
  table_.Apply(Link(2, "bn1", "bridge"));
  EXPECT_THAT(Addresses(), IsEmpty());
}

TEST_F(BridgeTableTest, AMessageThatNamesNothingLeavesNameAndKind) {
  table_.Apply(Link(2, "bn1", "bridge", false));
  LinkChange up;
  up.index = 2;
  up.up = true;
  table_.Apply(up);
  ASSERT_THAT(Names(), ElementsAre("bn1"));
  EXPECT_TRUE(table_.Bridges({})[0].up);
}

TEST_F(BridgeTableTest, Ipv4StandsInTheKernelsOrder) {
  table_.Apply(Link(2, "bn1", "bridge"));
  table_.Apply(Address(2, "10.1.0.1", 24));
  table_.Apply(Address(2, "10.1.0.2", 24, IFA_F_SECONDARY));
  table_.Apply(Address(2, "10.2.0.1", 24));
  EXPECT_THAT(Addresses(),
              ElementsAre("10.1.0.1/24", "10.2.0.1/24", "10.1.0.2/24"));
  // The first goes and its secondary is promoted: behind the primary ones.
  table_.Apply(Address(2, "10.1.0.3", 24, IFA_F_SECONDARY));
  table_.Apply(Removed(Address(2, "10.1.0.1", 24)));
  table_.Apply(Address(2, "10.1.0.2", 24));
  EXPECT_THAT(Addresses(),
              ElementsAre("10.2.0.1/24", "10.1.0.2/24", "10.1.0.3/24"));
}

TEST_F(BridgeTableTest, Ipv6FollowsIpv4LinkLocalLast) {
  table_.Apply(Link(2, "bn1", "bridge"));
  table_.Apply(Address(2, "fe80::1", 64, 0, RT_SCOPE_LINK));
  table_.Apply(Address(2, "fd00:1::2", 64));
  table_.Apply(Address(2, "fd00:1::1", 64));
  table_.Apply(Address(2, "10.1.0.1", 24));
  EXPECT_THAT(Addresses(), ElementsAre("10.1.0.1/24", "fd00:1::1/64",
                                       "fd00:1::2/64", "fe80::1/64"));
}

TEST_F(BridgeTableTest, Ipv6IsLeftOutUntilItCanBeUsed) {
  table_.Apply(Link(2, "bn1", "bridge"));
  for (const uint32_t flag :
       {IFA_F_TENTATIVE, IFA_F_TENTATIVE | IFA_F_DADFAILED, IFA_F_DEPRECATED}) {
    table_.Apply(Address(2, "fd00:1::1", 64, flag));
    EXPECT_THAT(Addresses(), IsEmpty()) << flag;
    table_.Apply(Address(2, "fd00:1::1", 64));
    EXPECT_THAT(Addresses(), ElementsAre("fd00:1::1/64")) << flag;
  }
}

TEST_F(BridgeTableTest, TwiceIsOnceAndUnknownRemovalsAreIgnored) {
  table_.Apply(Link(2, "bn1", "bridge"));
  table_.Apply(Address(2, "10.1.0.1", 24));
  table_.Apply(Address(2, "10.1.0.1", 24));
  table_.Apply(Address(2, "10.1.0.1", 16));
  table_.Apply(Removed(Address(2, "10.9.0.1", 24)));
  table_.Apply(Removed(7));
  EXPECT_THAT(Addresses(), ElementsAre("10.1.0.1/24", "10.1.0.1/16"));
}

}  // namespace
}  // namespace localstore::resolver
