#include "fetcher/endpoint_change.h"

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

constexpr absl::Time kDialled = absl::FromUnixSeconds(1000);
constexpr absl::Duration kTtl = absl::Seconds(120);

// An endpoint whose answer came so long ago.
Endpoint At(const std::string& address, absl::Duration ago = absl::Seconds(5),
            const std::string& bridge = "bn1") {
  Endpoint endpoint;
  endpoint.address = address;
  endpoint.bridge = bridge;
  endpoint.ttl = kTtl - ago;
  return endpoint;
}

// Ten seconds after it was dialled.
MoveVerdict Judge(const Endpoint& dialled, std::vector<Endpoint> before,
                  std::vector<Endpoint> now) {
  return JudgeMove(dialled, {std::move(before), kDialled},
                   {std::move(now), kDialled + absl::Seconds(10)});
}

constexpr absl::Duration kBefore = absl::Seconds(12);
constexpr absl::Duration kSince = absl::Seconds(1);

TEST(EndpointChangeTest, NothingNewIsNoReason) {
  EXPECT_EQ(Judge(At("a"), {At("a", absl::Seconds(2)), At("b")},
                  {At("b", absl::Seconds(15)), At("a", kBefore)}),
            MoveVerdict::kStay);
  EXPECT_EQ(Judge(At("a"), {At("a"), At("b")}, {At("a")}), MoveVerdict::kStay);
}

TEST(EndpointChangeTest, NothingKnownIsNoReason) {
  EXPECT_EQ(Judge(At("a"), {At("a")}, {}), MoveVerdict::kStay);
}

TEST(EndpointChangeTest, OneThatIsGoneIsLeft) {
  EXPECT_EQ(Judge(At("a"), {At("a")}, {At("b")}), MoveVerdict::kLeaveIfSilent);
  EXPECT_EQ(Judge(At("a"), {At("a"), At("b")}, {At("b")}),
            MoveVerdict::kLeaveIfSilent);
}

TEST(EndpointChangeTest, OneBesideANewOneIsLeft) {
  EXPECT_EQ(Judge(At("a"), {At("a")}, {At("a"), At("b")}),
            MoveVerdict::kLeaveIfLongSilent);
}

// The host went from "a" to "b" and back, and "b" is still remembered.
TEST(EndpointChangeTest, OneBesideAnotherThatCameBackIsLeft) {
  EXPECT_EQ(Judge(At("b"), {At("b", absl::Seconds(1)), At("a")},
                  {At("b", absl::Seconds(11)), At("a", kSince)}),
            MoveVerdict::kLeaveIfLongSilent);
}

// A host with two addresses, both asked for again meanwhile.
TEST(EndpointChangeTest, OneBesideAnotherAsNewIsNot) {
  EXPECT_EQ(
      Judge(At("b"), {At("b"), At("a")}, {At("b", kSince), At("a", kSince)}),
      MoveVerdict::kStay);
}

TEST(EndpointChangeTest, TheSameAddressOnAnotherBridgeIsAnother) {
  EXPECT_EQ(Judge(At("a", kBefore, "bn1"), {At("a", kBefore, "bn1")},
                  {At("a", kBefore, "bn2")}),
            MoveVerdict::kLeaveIfSilent);
}

}  // namespace
}  // namespace localstore::fetcher
