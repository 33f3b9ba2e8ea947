#include "resolver/link/flood_guard.h"

#include <string>

#include "gtest/gtest.h"
#include "resolver/testing/records.h"

namespace localstore::resolver {
namespace {

FloodLimits SmallLimits() {
  FloodLimits limits;
  limits.source_rate = 1000;
  limits.source_burst = 2000;
  limits.bridge_rate = 4000;
  limits.bridge_burst = 8000;
  limits.max_sources = 8;
  return limits;
}

// How many datagrams of 100 bytes (200 with what each costs) are admitted.
int Admitted(FloodGuard* guard, const std::string& source, absl::Time now,
             int sent = 1000) {
  int admitted = 0;
  for (int i = 0; i < sent; ++i) {
    if (guard->Admit(Ip(source), 100, now)) ++admitted;
  }
  return admitted;
}

TEST(FloodGuardTest, OneSenderHasABurstAndThenARate) {
  FloodGuard guard(SmallLimits());
  const absl::Time start = absl::FromUnixSeconds(1000);
  EXPECT_EQ(Admitted(&guard, "10.1.0.66", start), 10);
  EXPECT_EQ(Admitted(&guard, "10.1.0.66", start + absl::Seconds(1)), 5);
  EXPECT_EQ(Admitted(&guard, "10.1.0.66", start + absl::Seconds(100)), 10);
}

TEST(FloodGuardTest, OneSenderDoesNotSpendWhatAnotherNeeds) {
  FloodGuard guard(SmallLimits());
  const absl::Time start = absl::FromUnixSeconds(1000);
  for (int second = 0; second < 60; ++second) {
    const absl::Time now = start + absl::Seconds(second);
    Admitted(&guard, "10.1.0.66", now);
    EXPECT_TRUE(guard.Admit(Ip("10.1.0.5"), 100, now));
  }
}

TEST(FloodGuardTest, ManySendersShareTheBridge) {
  FloodGuard guard(SmallLimits());
  const absl::Time now = absl::FromUnixSeconds(1000);
  int admitted = 0;
  for (int i = 1; i < 200; ++i) {
    admitted += Admitted(&guard, "10.1.0." + std::to_string(i), now);
  }
  EXPECT_LE(admitted, 40);
  EXPECT_GE(admitted, 30);
}

TEST(FloodGuardTest, AQuietBridgeForgetsItsSenders) {
  FloodGuard guard(SmallLimits());
  const absl::Time start = absl::FromUnixSeconds(1000);
  for (int i = 1; i < 9; ++i) {
    Admitted(&guard, "10.1.0." + std::to_string(i), start);
  }
  EXPECT_EQ(Admitted(&guard, "10.1.0.200", start + absl::Seconds(10)), 10);
}

}  // namespace
}  // namespace localstore::resolver
