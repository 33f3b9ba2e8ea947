#include "resolver/net/rtnetlink.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::resolver {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using Bytes = std::vector<uint8_t>;

template <typename T>
Bytes ToBytes(const T& value) {
  Bytes bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

Bytes Padded(Bytes bytes) {
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes Text(const std::string& text) {
  return Bytes(text.begin(), text.end()) + Bytes{0};
}

Bytes Attribute(uint16_t type, const Bytes& value) {
  rtattr header{};
  header.rta_len = static_cast<uint16_t>(sizeof header + value.size());
  header.rta_type = type;
  return Padded(ToBytes(header) + value);
}

Bytes MessageOf(uint16_t type, const Bytes& payload, uint32_t sequence = 0,
                uint16_t flags = 0) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<uint32_t>(sizeof header + payload.size());
  header.nlmsg_type = type;
  header.nlmsg_flags = flags;
  header.nlmsg_seq = sequence;
  return Padded(ToBytes(header) + payload);
}

Bytes BridgeLink(uint8_t family = AF_UNSPEC) {
  ifinfomsg link{};
  link.ifi_family = family;
  link.ifi_index = 7;
  link.ifi_flags = IFF_UP;
  return ToBytes(link) + Attribute(IFLA_IFNAME, Text("bn1")) +
         Attribute(IFLA_MTU, ToBytes(uint32_t{1500})) +
         Attribute(IFLA_LINKINFO | NLA_F_NESTED,
                   Attribute(IFLA_INFO_KIND, Text("bridge")) +
                       Attribute(IFLA_INFO_DATA, Bytes(12)));
}

Bytes Ipv4Address(const Bytes& attributes) {
  ifaddrmsg address{};
  address.ifa_family = AF_INET;
  address.ifa_prefixlen = 24;
  address.ifa_scope = RT_SCOPE_UNIVERSE;
  address.ifa_index = 7;
  return ToBytes(address) + attributes;
}

Bytes Own() { return {10, 1, 0, 1}; }
Bytes Peer() { return {10, 1, 0, 2}; }

const LinkChange* AsLink(const RtnetlinkBatch& batch) {
  return batch.changes.size() == 1
             ? std::get_if<LinkChange>(batch.changes.data())
             : nullptr;
}

const AddressChange* AsAddress(const RtnetlinkBatch& batch) {
  return batch.changes.size() == 1
             ? std::get_if<AddressChange>(batch.changes.data())
             : nullptr;
}

RtnetlinkBatch Read(const Bytes& bytes) {
  return ReadRtnetlink(bytes, absl::nullopt);
}

TEST(RtnetlinkTest, ReadsALink) {
  const RtnetlinkBatch batch = Read(MessageOf(RTM_NEWLINK, BridgeLink()));
  const LinkChange* link = AsLink(batch);
  ASSERT_NE(link, nullptr);
  EXPECT_FALSE(link->removed);
  EXPECT_EQ(link->index, 7);
  EXPECT_EQ(link->name, "bn1");
  EXPECT_EQ(link->kind, "bridge");
  EXPECT_TRUE(link->up);
  EXPECT_FALSE(link->loopback);
  EXPECT_FALSE(batch.done);
}

TEST(RtnetlinkTest, ReadsTheRemovalOfALink) {
  const RtnetlinkBatch batch = Read(MessageOf(RTM_DELLINK, BridgeLink()));
  ASSERT_NE(AsLink(batch), nullptr);
  EXPECT_TRUE(AsLink(batch)->removed);
}

TEST(RtnetlinkTest, APortThatLeavesItsBridgeIsNoLinkThatIsRemoved) {
  EXPECT_THAT(Read(MessageOf(RTM_DELLINK, BridgeLink(AF_BRIDGE))).changes,
              IsEmpty());
}

TEST(RtnetlinkTest, ReadsAnIpv4Address) {
  const RtnetlinkBatch batch = Read(MessageOf(
      RTM_NEWADDR,
      Ipv4Address(Attribute(IFA_ADDRESS, Own()) + Attribute(IFA_LOCAL, Own()) +
                  Attribute(IFA_LABEL, Text("bn1")) +
                  Attribute(IFA_FLAGS, ToBytes(uint32_t{IFA_F_PERMANENT |
                                                        IFA_F_NOPREFIXROUTE |
                                                        IFA_F_SECONDARY})))));
  const AddressChange* address = AsAddress(batch);
  ASSERT_NE(address, nullptr);
  EXPECT_EQ(address->index, 7);
  EXPECT_EQ(address->prefix.ToString(), "10.1.0.1/24");
  EXPECT_EQ(address->peer, address->prefix.address);
  EXPECT_EQ(address->flags,
            uint32_t{IFA_F_PERMANENT | IFA_F_NOPREFIXROUTE | IFA_F_SECONDARY});
}

TEST(RtnetlinkTest, OursIsTheLocalOneAndThePeerIsKept) {
  const RtnetlinkBatch batch =
      Read(MessageOf(RTM_DELADDR, Ipv4Address(Attribute(IFA_ADDRESS, Peer()) +
                                              Attribute(IFA_LOCAL, Own()))));
  const AddressChange* address = AsAddress(batch);
  ASSERT_NE(address, nullptr);
  EXPECT_TRUE(address->removed);
  EXPECT_EQ(address->prefix.address.ToString(), "10.1.0.1");
  EXPECT_EQ(address->peer.ToString(), "10.1.0.2");
}

TEST(RtnetlinkTest, ReadsAnIpv6AddressWithoutALocalOne) {
  ifaddrmsg header{};
  header.ifa_family = AF_INET6;
  header.ifa_prefixlen = 64;
  header.ifa_flags = IFA_F_TENTATIVE;
  header.ifa_index = 7;
  Bytes value(16);
  value[0] = 0xfe;
  value[1] = 0x80;
  value[15] = 5;
  const RtnetlinkBatch batch = Read(
      MessageOf(RTM_NEWADDR, ToBytes(header) + Attribute(IFA_ADDRESS, value)));
  const AddressChange* address = AsAddress(batch);
  ASSERT_NE(address, nullptr);
  EXPECT_EQ(address->prefix.ToString(), "fe80::5/64");
  EXPECT_EQ(address->flags, uint32_t{IFA_F_TENTATIVE});
}

TEST(RtnetlinkTest, LeavesOutWhatIsNoSoundAddress) {
  const Bytes six(16);
  ifaddrmsg long_prefix{};
  long_prefix.ifa_family = AF_INET;
  long_prefix.ifa_prefixlen = 33;
  long_prefix.ifa_index = 7;
  ifaddrmsg no_index{};
  no_index.ifa_family = AF_INET;
  ifaddrmsg other_family{};
  other_family.ifa_family = AF_PHONET;
  other_family.ifa_index = 7;
  for (const Bytes& payload : {
           Ipv4Address({}),
           Ipv4Address(Attribute(IFA_LOCAL, {10, 1, 0})),
           Ipv4Address(Attribute(IFA_LOCAL, six)),
           Ipv4Address(Attribute(IFA_LOCAL, Own()) +
                       Attribute(IFA_ADDRESS, six)),
           ToBytes(long_prefix) + Attribute(IFA_LOCAL, Own()),
           ToBytes(no_index) + Attribute(IFA_LOCAL, Own()),
           ToBytes(other_family) + Attribute(IFA_LOCAL, Own()),
           Bytes{2},
       }) {
    EXPECT_THAT(Read(MessageOf(RTM_NEWADDR, payload)).changes, IsEmpty());
  }
}

TEST(RtnetlinkTest, ReadsSeveralMessagesAndTheEndOfADump) {
  const Bytes link = MessageOf(RTM_NEWLINK, BridgeLink(), 5, NLM_F_MULTI);
  const Bytes end = MessageOf(NLMSG_DONE, ToBytes(int32_t{0}), 5, NLM_F_MULTI);
  const RtnetlinkBatch batch = ReadRtnetlink(link + link + end, 5);
  EXPECT_THAT(batch.changes, SizeIs(2));
  EXPECT_TRUE(batch.done);
  EXPECT_FALSE(batch.interrupted);
  EXPECT_EQ(batch.error, 0);
}

TEST(RtnetlinkTest, AnswersToOtherRequestsAreLeftOut) {
  const Bytes link = MessageOf(RTM_NEWLINK, BridgeLink(), 4);
  const Bytes end =
      MessageOf(NLMSG_DONE, ToBytes(int32_t{0}), 4, NLM_F_DUMP_INTR);
  const RtnetlinkBatch batch = ReadRtnetlink(link + end, 5);
  EXPECT_THAT(batch.changes, IsEmpty());
  EXPECT_FALSE(batch.done);
  EXPECT_FALSE(batch.interrupted);
}

TEST(RtnetlinkTest, SeesAnInterruptedDump) {
  EXPECT_TRUE(Read(MessageOf(RTM_NEWLINK, BridgeLink(), 5, NLM_F_DUMP_INTR))
                  .interrupted);
}

TEST(RtnetlinkTest, SeesErrors) {
  nlmsgerr error{};
  error.error = -EBUSY;
  EXPECT_EQ(Read(MessageOf(NLMSG_ERROR, ToBytes(error))).error, EBUSY);
  EXPECT_EQ(Read(MessageOf(NLMSG_ERROR, {1})).error, EBADMSG);
  EXPECT_EQ(Read(MessageOf(NLMSG_DONE, ToBytes(int32_t{-ENOMEM}))).error,
            ENOMEM);
}

TEST(RtnetlinkTest, StopsAtAWrongLength) {
  const Bytes good = MessageOf(RTM_NEWLINK, BridgeLink());
  Bytes bad = good;
  const uint32_t beyond = static_cast<uint32_t>(bad.size()) + 1;
  std::memcpy(bad.data(), &beyond, sizeof beyond);
  EXPECT_THAT(Read(good + bad).changes, SizeIs(1));
  std::memset(bad.data(), 0, sizeof beyond);
  EXPECT_THAT(Read(good + bad + good).changes, SizeIs(1));
}

// The sanitizers watch; and nothing is ever made of fewer bytes than it takes.
TEST(RtnetlinkTest, NoBytesDoHarm) {
  const Bytes sound =
      MessageOf(RTM_NEWLINK, BridgeLink()) +
      MessageOf(RTM_NEWADDR, Ipv4Address(Attribute(IFA_LOCAL, Own()) +
                                         Attribute(IFA_FLAGS, Bytes(4)))) +
      MessageOf(NLMSG_DONE, ToBytes(int32_t{0}));
  for (size_t size = 0; size <= sound.size(); ++size) {
    const Bytes cut(sound.data(), sound.data() + size);
    EXPECT_LE(Read(cut).changes.size(), 2u);
  }
  // NOLINTNEXTLINE(cert-msc32-c,cert-msc51-cpp): the same bytes every time.
  std::mt19937 random(20240611);
  for (int round = 0; round < 20000; ++round) {
    Bytes bytes = sound;
    for (int flips = 1 + static_cast<int>(random() % 4); flips > 0; --flips) {
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    }
    const RtnetlinkBatch batch = Read(bytes);
    for (const RtnetlinkChange& change : batch.changes) {
      if (const auto* address = std::get_if<AddressChange>(&change)) {
        EXPECT_GT(address->index, 0);
        EXPECT_LE(address->prefix.length, 128);
      }
    }
  }
}

TEST(RtnetlinkTest, RequestsAreWellFormed) {
  for (const Bytes& request : {DumpLinksRequest(9), DumpAddressesRequest(9)}) {
    nlmsghdr header;
    ASSERT_GE(request.size(), sizeof header);
    std::memcpy(&header, request.data(), sizeof header);
    EXPECT_EQ(header.nlmsg_len, request.size());
    EXPECT_EQ(header.nlmsg_seq, 9u);
    EXPECT_EQ(header.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
  }
}

}  // namespace
}  // namespace localstore::resolver
