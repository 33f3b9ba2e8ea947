#include "server/net/peer_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "gtest/gtest.h"

namespace localstore::server {
namespace {

TEST(AddressOfPeerTest, LeavesOutPortAndBrackets) {
  EXPECT_EQ(AddressOfPeer("ipv4:10.1.0.5:41234"), "10.1.0.5");
  EXPECT_EQ(AddressOfPeer("ipv6:%5B::1%5D:41234"), "::1");
  EXPECT_EQ(AddressOfPeer("ipv6:[::1]:41234"), "::1");
  EXPECT_EQ(AddressOfPeer("ipv6:%5Bfe80::1%253%5D:1"), "fe80::1%3");
  EXPECT_EQ(AddressOfPeer("ipv6:%5B::ffff:10.1.0.5%5D:1"), "10.1.0.5");
}

TEST(AddressOfPeerTest, LeavesTheRestAlone) {
  EXPECT_EQ(AddressOfPeer("fd:300"), "fd:300");
  EXPECT_EQ(AddressOfPeer("unix:"), "unix:");
  EXPECT_EQ(AddressOfPeer(""), "");
}

TEST(SocketAddressTest, IsWhatGrpcCallsThePeer) {
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  inet_pton(AF_INET6, "fe80::1", &ipv6.sin6_addr);
  ipv6.sin6_scope_id = 3;
  const auto& any = reinterpret_cast<const sockaddr&>(ipv6);
  EXPECT_EQ(SocketAddress(any), AddressOfPeer("ipv6:%5Bfe80::1%253%5D:1"));
  ipv6.sin6_scope_id = 0;
  inet_pton(AF_INET6, "::ffff:10.1.0.5", &ipv6.sin6_addr);
  EXPECT_EQ(SocketAddress(any), "10.1.0.5");

  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  inet_pton(AF_INET, "10.1.0.5", &ipv4.sin_addr);
  EXPECT_EQ(SocketAddress(reinterpret_cast<const sockaddr&>(ipv4)), "10.1.0.5");
}

}  // namespace
}  // namespace localstore::server
