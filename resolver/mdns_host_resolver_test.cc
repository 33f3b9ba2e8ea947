// Threads: the face is called from many, the callbacks run on the loop's.
#include "resolver/mdns_host_resolver.h"

#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "resolver/net/event_loop.h"
#include "resolver/testing/fake_bridge_monitor.h"
#include "resolver/testing/fake_mdns_transport.h"
#include "resolver/testing/fake_processors.h"
#include "resolver/testing/records.h"

namespace localstore::resolver {
namespace {

constexpr char kHost[] = "app.local";

class MdnsHostResolverTest : public ::testing::Test {
 protected:
  MdnsHostResolverTest() {
    OnLoop([this] {
      monitor_.Set(MakeBridge(1, "bn1", {"10.1.0.1/24"}));
      monitor_.Set(MakeBridge(2, "bn2", {"10.2.0.1/24"}));
    });
    resolver_ =
        std::make_unique<MdnsHostResolver>(loop_.get(), loop_.get(), &monitor_,
                                           &transport_, &processors_, random_);
  }
  ~MdnsHostResolverTest() override {
    resolver_ = nullptr;
    // What the fakes hold was used on the loop's thread.
    loop_->Stop();
  }

  void OnLoop(const std::function<void()>& task) {
    ASSERT_TRUE(loop_->RunAndWait(task));
  }
  void Announce(const std::string& host, const std::string& address) {
    OnLoop([&] {
      transport_.Deliver(FakeMdnsTransport::MulticastFrom(1, Ip(address)),
                         Response({AddressRecord(host, address)}));
    });
  }

  std::unique_ptr<EventLoop> loop_ = *EventLoop::Start("test");
  FakeBridgeMonitor monitor_;
  FakeMdnsTransport transport_;
  FakeProcessors processors_;
  // NOLINTNEXTLINE(cert-msc32-c,cert-msc51-cpp): the same in each run.
  std::mt19937_64 random_{1};
  std::unique_ptr<MdnsHostResolver> resolver_;
};

TEST_F(MdnsHostResolverTest, AnswersOnTheLoopsThread) {
  Announce(kHost, "10.1.0.5");
  absl::Notification done;
  resolver_->Resolve(kHost, {}, [&](const absl::StatusOr<Resolution>& result) {
    EXPECT_TRUE(result.ok());
    EXPECT_TRUE(loop_->IsCurrentThread());
    done.Notify();
  });
  done.WaitForNotification();
}

TEST_F(MdnsHostResolverTest, ErrorsAreNotAnsweredWithinTheCall) {
  absl::Notification done;
  std::atomic<bool> returned{false};
  OnLoop([&] {
    resolver_->Resolve("", {}, [&](const absl::StatusOr<Resolution>& result) {
      EXPECT_TRUE(returned);
      EXPECT_EQ(ReasonOf(result.status()), v1::ERROR_REASON_INVALID_REQUEST);
      done.Notify();
    });
    returned = true;
  });
  done.WaitForNotification();
}

TEST_F(MdnsHostResolverTest, CancelWaitsForTheCallbackThatRuns) {
  absl::Notification running;
  absl::Notification go_on;
  std::atomic<bool> cancelled{false};
  const auto id = resolver_->WatchChanges([&] {
    running.Notify();
    go_on.WaitForNotification();
    EXPECT_FALSE(cancelled);
  });
  std::thread app([&] { Announce("other.local", "10.1.0.6"); });
  running.WaitForNotification();
  std::thread caller([&] {
    resolver_->Cancel(id);
    cancelled = true;
  });
  go_on.Notify();
  caller.join();
  app.join();
  EXPECT_TRUE(cancelled);
}

TEST_F(MdnsHostResolverTest, CancelFromWithinTheCallbackReturns) {
  absl::Notification done;
  std::atomic<HostResolver::OperationId> id{0};
  std::atomic<int> calls{0};
  id = resolver_->WatchChanges([&] {
    ++calls;
    resolver_->Cancel(id);
    done.Notify();
  });
  Announce("a.local", "10.1.0.6");
  done.WaitForNotification();
  for (int i = 10; i < 20; ++i) {
    Announce("b.local", "10.1.0." + std::to_string(i));
  }
  EXPECT_EQ(calls, 1);
}

TEST_F(MdnsHostResolverTest, AfterCancelNothingIsCalled) {
  for (int i = 0; i < 200; ++i) {
    const std::string host = "h" + std::to_string(i) + ".local";
    auto alive = std::make_shared<std::atomic<bool>>(true);
    const auto id = resolver_->Resolve(
        host, {},
        [alive](const absl::StatusOr<Resolution>&) { EXPECT_TRUE(*alive); });
    std::thread app([&] { Announce(host, "10.1.0.5"); });
    resolver_->Cancel(id);
    *alive = false;
    app.join();
  }
}

TEST_F(MdnsHostResolverTest, IdsAreNeverZeroNorUsedTwice) {
  const auto a = resolver_->Resolve(kHost, {}, [](auto) {});
  const auto b = resolver_->Browse(
      {}, [](const BrowseEvent&) {}, [](auto) {});
  const auto c = resolver_->WatchChanges([] {});
  EXPECT_NE(a, 0U);
  EXPECT_NE(a, b);
  EXPECT_NE(b, c);
  resolver_->Cancel(0);
  resolver_->Cancel(12345678);
  for (const auto id : {a, b, c}) resolver_->Cancel(id);
  for (const auto id : {a, b, c}) resolver_->Cancel(id);
}

TEST_F(MdnsHostResolverTest, BridgesCanBeAskedForFromAnyThread) {
  std::thread other([&] { EXPECT_EQ(resolver_->Bridges().size(), 2U); });
  other.join();
  EXPECT_EQ(resolver_->Bridges()[0].name, "bn1");
}

TEST_F(MdnsHostResolverTest, IsDestroyedFromAnotherThreadWithCallsRunning) {
  std::atomic<int> answers{0};
  for (int i = 0; i < 100; ++i) {
    resolver_->Resolve("h" + std::to_string(i) + ".local", {},
                       [&](auto) { ++answers; });
  }
  resolver_->Browse(
      {}, [&](const BrowseEvent&) { ++answers; }, [&](auto) { ++answers; });
  resolver_ = nullptr;
  const int before = answers;
  Announce("h1.local", "10.1.0.5");
  OnLoop([] {});
  EXPECT_EQ(answers, before);
  OnLoop([&] { EXPECT_EQ(transport_.open_bridges(), 0U); });
}

TEST_F(MdnsHostResolverTest, IsDestroyedAfterTheLoopHasEnded) {
  resolver_->Resolve(kHost, {}, [](auto) {});
  loop_->Stop();
  EXPECT_TRUE(resolver_->Bridges().empty());
  resolver_->Resolve(kHost, {}, [](auto) { ADD_FAILURE(); });
  resolver_ = nullptr;
  EXPECT_EQ(transport_.open_bridges(), 0U);
}

TEST_F(MdnsHostResolverTest, ManyThreadsResolveBrowseWatchAndCancel) {
  constexpr int kThreads = 8;
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string host = "h" + std::to_string(i) + ".local";
        const auto watch = resolver_->WatchChanges([] {});
        const auto browse = resolver_->Browse(
            {}, [](const BrowseEvent&) {}, [](auto) {});
        absl::Notification done;
        const auto id = resolver_->Resolve(host, {}, [&](auto result) {
          if (result.ok()) ++answered;
          done.Notify();
        });
        Announce(host, "10.1.0." + std::to_string(10 + t));
        if (i % 2 == 0) {
          done.WaitForNotification();
        }
        resolver_->Cancel(id);
        resolver_->Cancel(browse);
        resolver_->Cancel(watch);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(answered, kThreads * 25);
}

}  // namespace
}  // namespace localstore::resolver
