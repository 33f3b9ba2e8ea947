// One App sends without end; another bridge must not notice.
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "resolver/testing/resolver_bed.h"

namespace localstore::resolver {
namespace {

using ::testing::ElementsAre;

constexpr int kPackets = 200'000;

class FloodTest : public ::testing::Test {
 protected:
  // Whatever an App could think of: random bytes, sound answers for new hosts,
  // the same again, services without end, addresses for the wanted host,
  // broken copies of sound packets.
  std::vector<uint8_t> NextPacket() {
    const auto random = [&](int n) {
      return static_cast<int>(random_() % static_cast<uint64_t>(n));
    };
    switch (random(6)) {
      case 0: {
        std::vector<uint8_t> bytes(static_cast<size_t>(random(600)));
        for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random(256));
        if (bytes.size() > 3) bytes[2] |= 0x80;
        return bytes;
      }
      case 1:
        return Write(Response({AddressRecord(
            absl::StrCat("flood-", random_(), ".local"), "10.1.0.66")}));
      case 2: {
        const std::string instance =
            absl::StrCat("s", random_(), "._http._tcp.local");
        return Write(Response({PtrRecord("_http._tcp.local", instance)},
                              {SrvRecord(instance, kWanted, 1),
                               TxtRecord(instance, {std::string(200, 'x')})}));
      }
      case 3:
        return Write(Response({AddressRecord(
            kOnBn1, absl::StrCat("10.1.", random(4), ".", random(256)))}));
      case 4:
        if (!last_.empty()) return last_;
        return {};
      default: {
        std::vector<uint8_t> bytes = last_;
        for (int i = 0; i < 4 && !bytes.empty(); ++i) {
          bytes[static_cast<size_t>(random(static_cast<int>(bytes.size())))] =
              static_cast<uint8_t>(random(256));
        }
        return bytes;
      }
    }
  }

  std::vector<uint8_t> Write(const dns::Message& message) {
    last_ = *dns::WriteMessage(message);
    return last_;
  }

  // 50,000 packets a second from one App, or one that calls itself many.
  void Flood(int packets, bool spoofed) {
    for (int i = 0; i < packets; ++i) {
      const std::string source = spoofed
                                     ? absl::StrCat("10.1.", 1 + random_() % 3,
                                                    ".", 1 + random_() % 250)
                                     : "10.1.0.66";
      Datagram datagram = FakeMdnsTransport::MulticastFrom(1, Ip(source));
      bed_.transport.Deliver(datagram, NextPacket());
      bed_.loop.Advance(absl::Microseconds(20));
    }
  }

  BridgeStatistics StatisticsOf(int index) { return bed_.StatisticsOf(index); }

  static constexpr char kWanted[] = "wanted.local";
  static constexpr char kOnBn1[] = "on-bn1.local";

  // NOLINTNEXTLINE(cert-msc32-c,cert-msc51-cpp): the same in each run.
  std::mt19937_64 random_{7};
  std::vector<uint8_t> last_;
  ResolverBed bed_{{MakeBridge(1, "bn1", {"10.1.0.1/22"}),
                    MakeBridge(2, "bn2", {"10.2.0.1/24"})}};
};

TEST_F(FloodTest, TheCacheStaysBoundedAndAnotherBridgeIsAnswered) {
  const auto on_bn1 = bed_.Resolve(kOnBn1);
  bed_.Announce(1, "10.1.0.5", Response({AddressRecord(kOnBn1, "10.1.0.5")}));
  bed_.loop.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(on_bn1->ok());
  const auto wanted = bed_.Resolve(kWanted);
  for (int i = 0; i < 10; ++i) {
    Flood(kPackets / 10, /*spoofed=*/i % 2 == 1);
    const BridgeStatistics state = StatisticsOf(1);
    EXPECT_LE(state.cache_records, 4096);
    EXPECT_LE(state.cache_bytes, 1 << 20);
    EXPECT_LE(state.hosts_known, state.cache_records);
    if (i == 4) {
      EXPECT_FALSE(wanted->done());
      bed_.Announce(2, "10.2.0.5",
                    Response({AddressRecord(kWanted, "10.2.0.5")}));
      ASSERT_TRUE(wanted->ok());
      EXPECT_THAT(wanted->addresses(), ElementsAre("10.2.0.5%bn2"));
    }
  }
  EXPECT_GT(StatisticsOf(1).rejected[Rejection::kRateLimited], 1000);
  EXPECT_GT(StatisticsOf(1).rejected[Rejection::kMalformed], 1000);
  EXPECT_EQ(StatisticsOf(2).cache_records, 1);
  EXPECT_LT(bed_.transport.sent.size(), 64U) << "the flood makes it ask";
}

TEST_F(FloodTest, WhatWasAskedForOnTheSameBridgeSurvives) {
  const auto asked = bed_.Resolve("good.local");
  bed_.Announce(1, "10.1.0.5",
                Response({AddressRecord("good.local", "10.1.0.5")}));
  bed_.loop.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(asked->ok());
  Flood(20000, /*spoofed=*/false);
  Flood(20000, /*spoofed=*/true);
  const auto again = bed_.Resolve("good.local");
  ASSERT_TRUE(again->ok());
  EXPECT_TRUE(again->resolution().from_cache);
}

TEST_F(FloodTest, AHostOnTheSameBridgeIsHeardDuringTheFloodOfOneApp) {
  Flood(10000, /*spoofed=*/false);
  const auto call = bed_.Resolve("good.local");
  Flood(1000, /*spoofed=*/false);
  bed_.Announce(1, "10.1.0.5",
                Response({AddressRecord("good.local", "10.1.0.5")}));
  EXPECT_TRUE(call->ok());
}

TEST_F(FloodTest, WatchersAreNotFlooded) {
  int changes = 0;
  bed_.resolver->WatchChanges([&] { ++changes; });
  Flood(20000, /*spoofed=*/true);
  EXPECT_GT(changes, 0);
  EXPECT_LE(changes, 9) << "in 0.4 s";
}

}  // namespace
}  // namespace localstore::resolver
