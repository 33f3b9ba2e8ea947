#include "fetcher/destination_locks.h"

#include <memory>
#include <thread>
#include <utility>

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

TEST(DestinationLocksTest, OthersAreNotInTheWay) {
  DestinationLocks locks;
  Cancellation cancellation;
  const auto a = locks.Acquire("a", cancellation);
  const auto b = locks.Acquire("b", cancellation);
  EXPECT_TRUE(a.ok());
  EXPECT_TRUE(b.ok());
}

TEST(DestinationLocksTest, WaitsForTheOneThatHasIt) {
  DestinationLocks locks;
  Cancellation cancellation;
  absl::StatusOr<DestinationLocks::Lock> held =
      locks.Acquire("a", cancellation);
  ASSERT_TRUE(held.ok());
  int order = 0;
  std::thread other([&, lock = std::make_unique<DestinationLocks::Lock>(
                            *std::move(held))]() mutable {
    order = 1;
    lock = nullptr;
  });
  EXPECT_TRUE(locks.Acquire("a", cancellation).ok());
  EXPECT_EQ(order, 1);
  other.join();
}

TEST(DestinationLocksTest, TheWaitCanBeCancelled) {
  DestinationLocks locks;
  Cancellation cancellation;
  const auto held = locks.Acquire("a", cancellation);
  std::thread other([&] { cancellation.Request(absl::CancelledError("x")); });
  EXPECT_EQ(locks.Acquire("a", cancellation).status(),
            absl::CancelledError("x"));
  other.join();
}

}  // namespace
}  // namespace localstore::fetcher
