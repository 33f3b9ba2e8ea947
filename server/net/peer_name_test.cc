#include "server/net/peer_name.h"

#include "gtest/gtest.h"

namespace localstore::server {
namespace {

TEST(AddressOfPeerTest, LeavesOutPortAndBrackets) {
  EXPECT_EQ(AddressOfPeer("ipv4:10.1.0.5:41234"), "10.1.0.5");
  EXPECT_EQ(AddressOfPeer("ipv6:%5B::1%5D:41234"), "::1");
  EXPECT_EQ(AddressOfPeer("ipv6:[::1]:41234"), "::1");
  EXPECT_EQ(AddressOfPeer("ipv6:%5Bfe80::1%25bn1%5D:1"), "fe80::1%bn1");
  EXPECT_EQ(AddressOfPeer("ipv6:%5B::ffff:10.1.0.5%5D:1"), "10.1.0.5");
}

TEST(AddressOfPeerTest, LeavesTheRestAlone) {
  EXPECT_EQ(AddressOfPeer("fd:300"), "fd:300");
  EXPECT_EQ(AddressOfPeer("unix:"), "unix:");
  EXPECT_EQ(AddressOfPeer(""), "");
}

}  // namespace
}  // namespace localstore::server
