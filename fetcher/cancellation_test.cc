#include "fetcher/cancellation.h"

#include <memory>
#include <thread>

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

TEST(CancellationTest, TheFirstReasonStays) {
  Cancellation cancellation;
  EXPECT_TRUE(cancellation.status().ok());
  EXPECT_FALSE(cancellation.WaitFor(absl::ZeroDuration()));
  cancellation.Request(absl::CancelledError("first"));
  cancellation.Request(absl::DeadlineExceededError("second"));
  EXPECT_EQ(cancellation.status(), absl::CancelledError("first"));
  EXPECT_TRUE(cancellation.WaitFor(absl::ZeroDuration()));
}

TEST(CancellationTest, CallsWhoIsRegisteredOnce) {
  Cancellation cancellation;
  int calls = 0;
  const Cancellation::Registration before(cancellation, [&] { ++calls; });
  cancellation.Request(absl::CancelledError(""));
  cancellation.Request(absl::CancelledError(""));
  EXPECT_EQ(calls, 1);
  const Cancellation::Registration after(cancellation, [&] { ++calls; });
  EXPECT_EQ(calls, 2);
}

TEST(CancellationTest, DoesNotCallWhoHasGone) {
  Cancellation cancellation;
  bool called = false;
  auto registration = std::make_unique<Cancellation::Registration>(
      cancellation, [&] { called = true; });
  registration = nullptr;
  cancellation.Request(absl::CancelledError(""));
  EXPECT_FALSE(called);
}

TEST(CancellationTest, WhoLeavesWaitsForItsCall) {
  for (int i = 0; i < 200; ++i) {
    Cancellation cancellation;
    std::thread other([&] { cancellation.Request(absl::CancelledError("")); });
    int value = 0;
    {
      const Cancellation::Registration registration(cancellation,
                                                    [&] { value = 1; });
    }
    value = 2;  // a race, were the call still running
    EXPECT_EQ(value, 2);
    other.join();
  }
}

TEST(CancellationTest, WakesWhoWaits) {
  Cancellation cancellation;
  std::thread other([&] { cancellation.Request(absl::CancelledError("")); });
  EXPECT_TRUE(cancellation.WaitFor(absl::InfiniteDuration()));
  other.join();
}

}  // namespace
}  // namespace localstore::fetcher
