#include "fetcher/fetch_gate.h"

#include <memory>
#include <thread>

#include "fetcher/testing/recording_observer.h"
#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

class FetchGateTest : public ::testing::Test {
 protected:
  RecordingObserver observer_;
  Cancellation caller_;
  FetchGate gate_{observer_};
  const Cancellation::Registration followed_ = gate_.Follow(caller_);
};

FetchResult Result() {
  FetchResult result;
  result.size_bytes = 7;
  return result;
}

TEST_F(FetchGateTest, GivesTheResult) {
  std::thread download([&] { gate_.Finish(Result()); });
  const absl::StatusOr<FetchResult> result = gate_.Await();
  download.join();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->size_bytes, 7);
}

TEST_F(FetchGateTest, ACallerThatIsCancelledLeavesAtOnce) {
  caller_.Request(absl::CancelledError("stop"));
  EXPECT_EQ(gate_.Await().status(), absl::CancelledError("stop"));
  EXPECT_EQ(gate_.cancellation().status(), absl::CancelledError("stop"));
  EXPECT_FALSE(gate_.BeginCommit());
  gate_.Finish(Result());
}

TEST_F(FetchGateTest, TheDownloadHearsOfItThoughTheCallerDoesNotWaitYet) {
  caller_.Request(absl::CancelledError("stop"));
  EXPECT_EQ(gate_.cancellation().status(), absl::CancelledError("stop"));
  EXPECT_FALSE(gate_.BeginCommit());
}

TEST_F(FetchGateTest, NotWhileItCommits) {
  ASSERT_TRUE(gate_.BeginCommit());
  caller_.Request(absl::CancelledError("too late"));
  std::thread download([&] {
    EXPECT_TRUE(gate_.cancellation().WaitFor(absl::InfiniteDuration()));
    gate_.Finish(Result());
  });
  EXPECT_TRUE(gate_.Await().ok());
  download.join();
}

TEST_F(FetchGateTest, TheObserverIsNotCalledOnceTheCallerHasLeft) {
  gate_.Observe([](FetchObserver& o) { o.OnResolving(); });
  caller_.Request(absl::CancelledError("stop"));
  EXPECT_FALSE(gate_.Await().ok());
  gate_.Observe([](FetchObserver& o) { o.OnVerifying(); });
  EXPECT_EQ(observer_.events(), std::vector<std::string>{"resolving"});
}

TEST_F(FetchGateTest, TheObserverMayCancel) {
  observer_.OnEvent([&](const std::string&) {
    caller_.Request(absl::CancelledError("stop"));
  });
  std::thread download([&] {
    gate_.Observe([](FetchObserver& o) { o.OnResolving(); });
    EXPECT_TRUE(gate_.cancellation().WaitFor(absl::InfiniteDuration()));
  });
  EXPECT_TRUE(absl::IsCancelled(gate_.Await().status()));
  download.join();
}

}  // namespace
}  // namespace localstore::fetcher
