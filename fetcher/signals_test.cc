#include "fetcher/signals.h"

#include <thread>

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

constexpr absl::Duration kNow = absl::ZeroDuration();

TEST(SignalsTest, ASignalIsSeenOnce) {
  Signals signals;
  EXPECT_EQ(signals.Wait(Signals::kTransferEnded, kNow), Signals::kNone);
  signals.Raise(Signals::kTransferEnded);
  EXPECT_EQ(signals.Wait(Signals::kEndpointsChanged, kNow), Signals::kNone);
  EXPECT_EQ(signals.Wait(Signals::kTransferEnded, kNow),
            Signals::kTransferEnded);
  EXPECT_EQ(signals.Wait(Signals::kTransferEnded, kNow), Signals::kNone);
}

TEST(SignalsTest, CancellationComesFirstAndStays) {
  Signals signals;
  signals.Raise(Signals::kTransferEnded);
  signals.Raise(Signals::kCancelled);
  EXPECT_EQ(signals.Wait(Signals::kTransferEnded, kNow), Signals::kCancelled);
  EXPECT_EQ(signals.Wait(Signals::kNone, kNow), Signals::kCancelled);
}

TEST(SignalsTest, AClearedSignalIsForgotten) {
  Signals signals;
  signals.Raise(Signals::kEndpointsChanged);
  signals.Clear(Signals::kEndpointsChanged);
  EXPECT_EQ(signals.Wait(Signals::kEndpointsChanged, kNow), Signals::kNone);
}

TEST(SignalsTest, WakesWhoWaits) {
  Signals signals;
  std::thread other([&] { signals.Raise(Signals::kEndpointsChanged); });
  EXPECT_EQ(signals.Wait(Signals::kEndpointsChanged | Signals::kTransferEnded,
                         absl::InfiniteDuration()),
            Signals::kEndpointsChanged);
  other.join();
}

}  // namespace
}  // namespace localstore::fetcher
