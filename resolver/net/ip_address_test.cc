#include "resolver/net/ip_address.h"

#include <arpa/inet.h>

#include <string>
#include <vector>

#include "absl/hash/hash.h"
#include "gtest/gtest.h"

namespace localstore::resolver {
namespace {

IpAddress Ip(absl::string_view text) {
  const absl::optional<IpAddress> address = IpAddress::Parse(text);
  EXPECT_TRUE(address.has_value()) << text;
  return address.value_or(IpAddress());
}

IpPrefix Prefix(absl::string_view text, int length) {
  return IpPrefix{Ip(text), length};
}

TEST(IpAddressTest, IsUnspecifiedIpv4ByDefault) {
  EXPECT_EQ(IpAddress().family(), IpFamily::kIpv4);
  EXPECT_EQ(IpAddress().ToString(), "0.0.0.0");
  EXPECT_TRUE(IpAddress().IsUnspecified());
}

TEST(IpAddressTest, ParsesAndPrints) {
  for (const char* text : {"10.1.0.5", "255.255.255.255", "fe80::5",
                           "::", "2001:db8::1:0:0:1", "::ffff:10.1.0.5"}) {
    EXPECT_EQ(Ip(text).ToString(), text);
  }
  EXPECT_EQ(Ip("FE80:0:0::05").ToString(), "fe80::5");
}

TEST(IpAddressTest, RefusesWhatIsNoAddress) {
  for (const char* text :
       {"", " ", "10.1.0", "10.1.0.5.6", "10.1.0.256", "010.1.0.5x",
        "10.1.0.5 ", " 10.1.0.5", "10.1.0.5:80", "0x0a.1.0.5", "167837701",
        "fe80::5%br0", "[fe80::5]", "fe80::5/64", "10.1.0.5/24",
        ":::", "1::2::3", "host"}) {
    EXPECT_FALSE(IpAddress::Parse(text).has_value()) << text;
  }
}

TEST(IpAddressTest, RefusesAnEmbeddedNul) {
  EXPECT_FALSE(
      IpAddress::Parse(absl::string_view("10.1.0.5\0.evil", 14)).has_value());
  EXPECT_FALSE(IpAddress::Parse(absl::string_view("::1\0", 4)).has_value());
}

TEST(IpAddressTest, TakesFourOrSixteenBytes) {
  const std::vector<uint8_t> bytes = {10, 1, 0, 5, 0, 0, 0, 0,
                                      0,  0, 0, 0, 0, 0, 0, 1};
  for (size_t size = 0; size <= bytes.size(); ++size) {
    const auto address =
        IpAddress::FromBytes(absl::MakeConstSpan(bytes).first(size));
    ASSERT_EQ(address.has_value(), size == 4 || size == 16) << size;
    if (address.has_value()) {
      EXPECT_EQ(address->bytes(), absl::MakeConstSpan(bytes).first(size));
    }
  }
}

TEST(IpAddressTest, GoesToAndFromTheKernelsStructures) {
  in_addr v4;
  inet_pton(AF_INET, "10.1.0.5", &v4);
  EXPECT_EQ(IpAddress(v4), Ip("10.1.0.5"));
  EXPECT_EQ(Ip("10.1.0.5").ToIn4().s_addr, v4.s_addr);
  in6_addr v6;
  inet_pton(AF_INET6, "fe80::5", &v6);
  EXPECT_EQ(IpAddress(v6), Ip("fe80::5"));
  const in6_addr back = Ip("fe80::5").ToIn6();
  EXPECT_TRUE(IN6_ARE_ADDR_EQUAL(&back, &v6));
}

TEST(IpAddressTest, TellsUnspecified) {
  EXPECT_TRUE(Ip("0.0.0.0").IsUnspecified());
  EXPECT_TRUE(Ip("::").IsUnspecified());
  EXPECT_FALSE(Ip("0.0.0.1").IsUnspecified());
  EXPECT_FALSE(Ip("::1").IsUnspecified());
}

TEST(IpAddressTest, TellsLoopback) {
  for (const char* text :
       {"127.0.0.1", "127.255.0.3", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(Ip(text).IsLoopback()) << text;
  }
  for (const char* text : {"128.0.0.1", "::2", "::", "1::1", "7f00::1",
                           "::127.0.0.1", "::ffff:10.0.0.1"}) {
    EXPECT_FALSE(Ip(text).IsLoopback()) << text;
  }
}

TEST(IpAddressTest, TellsMulticastAndBroadcast) {
  for (const char* text :
       {"224.0.0.251", "239.255.255.255", "ff02::fb", "ff00::"}) {
    EXPECT_TRUE(Ip(text).IsMulticast()) << text;
  }
  for (const char* text : {"223.255.255.255", "240.0.0.1", "fe80::1", "e000::1",
                           "255.255.255.255"}) {
    EXPECT_FALSE(Ip(text).IsMulticast()) << text;
  }
  EXPECT_TRUE(Ip("255.255.255.255").IsBroadcast());
  EXPECT_FALSE(Ip("10.1.0.255").IsBroadcast());
  EXPECT_FALSE(Ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").IsBroadcast());
}

TEST(IpAddressTest, TellsLinkLocal) {
  for (const char* text : {"169.254.0.1", "fe80::5", "febf::1"}) {
    EXPECT_TRUE(Ip(text).IsLinkLocal()) << text;
  }
  for (const char* text :
       {"169.253.0.1", "254.169.0.1", "fec0::1", "fe00::1"}) {
    EXPECT_FALSE(Ip(text).IsLinkLocal()) << text;
  }
}

TEST(IpAddressTest, TellsIpv4Mapped) {
  EXPECT_TRUE(Ip("::ffff:10.1.0.5").IsV4Mapped());
  EXPECT_FALSE(Ip("::fffe:10.1.0.5").IsV4Mapped());
  EXPECT_FALSE(Ip("1::ffff:10.1.0.5").IsV4Mapped());
  EXPECT_FALSE(Ip("10.1.0.5").IsV4Mapped());
}

TEST(IpAddressTest, OrdersIpv4FirstThenByValue) {
  EXPECT_LT(Ip("255.0.0.0"), Ip("::"));
  EXPECT_LT(Ip("9.255.0.0"), Ip("10.0.0.0"));
  EXPECT_LT(Ip("fe80::1"), Ip("fe80::2"));
  EXPECT_NE(Ip("0.0.0.0"), Ip("::"));
}

TEST(IpAddressTest, HashesApartByFamilyAndValue) {
  const absl::Hash<IpAddress> hash;
  EXPECT_EQ(hash(Ip("10.1.0.5")), hash(Ip("10.1.0.5")));
  EXPECT_NE(hash(Ip("10.1.0.5")), hash(Ip("10.1.0.6")));
  EXPECT_NE(hash(Ip("0.0.0.0")), hash(Ip("::")));
}

TEST(IpPrefixTest, ContainsItsNetworkOnly) {
  EXPECT_TRUE(Prefix("10.1.0.1", 24).Contains(Ip("10.1.0.255")));
  EXPECT_FALSE(Prefix("10.1.0.1", 24).Contains(Ip("10.1.1.1")));
  EXPECT_TRUE(Prefix("10.1.0.1", 23).Contains(Ip("10.1.1.1")));
  EXPECT_FALSE(Prefix("10.1.0.1", 23).Contains(Ip("10.1.2.1")));
  EXPECT_TRUE(Prefix("10.1.0.1", 0).Contains(Ip("192.0.2.1")));
  EXPECT_TRUE(Prefix("10.1.0.1", 32).Contains(Ip("10.1.0.1")));
  EXPECT_FALSE(Prefix("10.1.0.1", 32).Contains(Ip("10.1.0.2")));
  EXPECT_TRUE(Prefix("fe80::1", 64).Contains(Ip("fe80::ffff:1:2:3")));
  EXPECT_FALSE(Prefix("fe80::1", 64).Contains(Ip("fe80:0:0:1::1")));
  EXPECT_TRUE(Prefix("fe80::1", 127).Contains(Ip("fe80::")));
  EXPECT_FALSE(Prefix("fe80::1", 128).Contains(Ip("fe80::")));
}

TEST(IpPrefixTest, FamiliesDoNotMix) {
  EXPECT_FALSE(Prefix("0.0.0.0", 0).Contains(Ip("::")));
  EXPECT_FALSE(Prefix("::", 0).Contains(Ip("0.0.0.0")));
}

TEST(IpPrefixTest, ALengthOutOfRangeContainsNothing) {
  EXPECT_FALSE(Prefix("10.1.0.1", 33).Contains(Ip("10.1.0.1")));
  EXPECT_FALSE(Prefix("10.1.0.1", -1).Contains(Ip("10.1.0.1")));
  EXPECT_FALSE(Prefix("fe80::1", 129).Contains(Ip("fe80::1")));
  EXPECT_FALSE(Prefix("10.1.0.1", -1).IsNetworkOrBroadcast(Ip("10.1.0.0")));
}

TEST(IpPrefixTest, TellsNetworkAndBroadcast) {
  const IpPrefix prefix = Prefix("10.1.0.1", 24);
  EXPECT_TRUE(prefix.IsNetworkOrBroadcast(Ip("10.1.0.0")));
  EXPECT_TRUE(prefix.IsNetworkOrBroadcast(Ip("10.1.0.255")));
  EXPECT_FALSE(prefix.IsNetworkOrBroadcast(Ip("10.1.0.1")));
  EXPECT_FALSE(prefix.IsNetworkOrBroadcast(Ip("10.1.1.0")));
  EXPECT_TRUE(Prefix("10.1.0.1", 30).IsNetworkOrBroadcast(Ip("10.1.0.3")));
  EXPECT_TRUE(
      Prefix("10.1.0.1", 0).IsNetworkOrBroadcast(Ip("255.255.255.255")));
}

TEST(IpPrefixTest, PointToPointAndIpv6HaveNeither) {
  EXPECT_FALSE(Prefix("10.1.0.0", 31).IsNetworkOrBroadcast(Ip("10.1.0.0")));
  EXPECT_FALSE(Prefix("10.1.0.0", 32).IsNetworkOrBroadcast(Ip("10.1.0.0")));
  EXPECT_FALSE(Prefix("fe80::", 10).IsNetworkOrBroadcast(Ip("fe80::")));
}

TEST(IpPrefixTest, Prints) {
  EXPECT_EQ(Prefix("10.1.0.1", 24).ToString(), "10.1.0.1/24");
  EXPECT_EQ(Prefix("fe80::1", 64).ToString(), "fe80::1/64");
}

}  // namespace
}  // namespace localstore::resolver
