#include "server/access/reset_guard.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ResetGuardTest : public ::testing::Test {
 protected:
  void Reset(const std::string& peer, int times) {
    for (int i = 0; i < times; ++i) guard_.Note(peer);
  }

  FakeTimer timer_;
  std::vector<std::string> expelled_;
  ResetGuard guard_{
      [](const std::string& peer) { return peer.substr(0, peer.find(':')); },
      [this](const std::string& client) { expelled_.push_back(client); },
      &timer_};
};

TEST_F(ResetGuardTest, ExpelsWhoResetsTooManyWithinASecond) {
  Reset("a:1", ResetGuard::kMaxResets / 2);
  Reset("b:1", ResetGuard::kMaxResets);
  Reset("a:2", ResetGuard::kMaxResets / 2);
  EXPECT_THAT(expelled_, IsEmpty());
  Reset("a:3", 1);
  EXPECT_THAT(expelled_, ElementsAre("a")) << "over whichever connections";
}

TEST_F(ResetGuardTest, CountsThoseWithoutARequestForMore) {
  constexpr int kFew = ResetGuard::kMaxResets / ResetGuard::kWithoutRequest;
  for (int i = 0; i < kFew; ++i)
    guard_.Note("a:1", ResetGuard::kWithoutRequest);
  EXPECT_THAT(expelled_, IsEmpty());
  guard_.Note("a:1", ResetGuard::kWithoutRequest);
  EXPECT_THAT(expelled_, ElementsAre("a"));
}

TEST_F(ResetGuardTest, LeavesWhoTakesItsTime) {
  for (int second = 0; second < 10; ++second) {
    Reset("a:1", ResetGuard::kMaxResets);
    timer_.Advance(absl::Seconds(1));
  }
  EXPECT_THAT(expelled_, IsEmpty());
}

TEST_F(ResetGuardTest, ExpelsAgainWhoGoesOn) {
  Reset("a:1", 3 * (ResetGuard::kMaxResets + 1));
  EXPECT_THAT(expelled_, ElementsAre("a", "a", "a"));
}

}  // namespace
}  // namespace localstore::server
