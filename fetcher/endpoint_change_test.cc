#include "fetcher/endpoint_change.h"

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

constexpr absl::Duration kSilent = absl::Seconds(1);
constexpr absl::Duration kBusy = absl::ZeroDuration();

Endpoint At(const std::string& address, const std::string& bridge = "bn1") {
  Endpoint endpoint;
  endpoint.address = address;
  endpoint.bridge = bridge;
  return endpoint;
}

TEST(EndpointChangeTest, NothingNewIsNoReason) {
  EXPECT_EQ(JudgeMove(At("a"), {At("a"), At("b")}, {At("b"), At("a")}, kSilent),
            MoveVerdict::kStay);
  EXPECT_EQ(JudgeMove(At("a"), {At("a"), At("b")}, {At("a")}, kSilent),
            MoveVerdict::kStay);
}

TEST(EndpointChangeTest, NothingKnownIsNoReason) {
  EXPECT_EQ(JudgeMove(At("a"), {At("a")}, {}, kSilent), MoveVerdict::kStay);
}

TEST(EndpointChangeTest, ASilentOneThatIsGoneIsLeft) {
  EXPECT_EQ(JudgeMove(At("a"), {At("a")}, {At("b")}, kSilent),
            MoveVerdict::kLeave);
  EXPECT_EQ(JudgeMove(At("a"), {At("a"), At("b")}, {At("b")}, kSilent),
            MoveVerdict::kLeave);
}

TEST(EndpointChangeTest, ASilentOneBesideANewOneIsLeft) {
  EXPECT_EQ(JudgeMove(At("a"), {At("a")}, {At("a"), At("b")}, kSilent),
            MoveVerdict::kLeave);
}

TEST(EndpointChangeTest, OneThatSendsIsLookedAtAgain) {
  EXPECT_EQ(JudgeMove(At("a"), {At("a")}, {At("b")}, kBusy),
            MoveVerdict::kLookAgain);
  EXPECT_EQ(JudgeMove(At("a"), {At("a")}, {At("a"), At("b")}, kBusy),
            MoveVerdict::kLookAgain);
}

TEST(EndpointChangeTest, TheSameAddressOnAnotherBridgeIsAnother) {
  EXPECT_EQ(
      JudgeMove(At("a", "bn1"), {At("a", "bn1")}, {At("a", "bn2")}, kSilent),
      MoveVerdict::kLeave);
}

TEST(EndpointChangeTest, LooksForLongWhileTheDialledAddressIsGone) {
  const std::vector<Endpoint> gone = {At("10.1.0.6")};
  const std::vector<Endpoint> both = {At("10.1.0.5"), At("10.1.0.6")};
  EXPECT_LT(UntilNextLook(At("10.1.0.5"), gone, 1), absl::Seconds(1));
  EXPECT_LT(UntilNextLook(At("10.1.0.5"), both, 1), absl::Seconds(1));
  EXPECT_LE(UntilNextLook(At("10.1.0.5"), gone, 1000), absl::Seconds(1));
  EXPECT_EQ(UntilNextLook(At("10.1.0.5"), both, 1000),
            absl::InfiniteDuration());
}

}  // namespace
}  // namespace localstore::fetcher
