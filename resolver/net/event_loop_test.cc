#include "resolver/net/event_loop.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::resolver {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Against a hang only.
constexpr absl::Duration kPatience = absl::Seconds(30);

class EventLoopTest : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<EventLoop>> loop = EventLoop::Start("test");
    ASSERT_TRUE(loop.ok()) << loop.status();
    loop_ = *std::move(loop);
  }

  void OnLoop(const std::function<void()>& task) {
    ASSERT_TRUE(loop_->RunAndWait(task));
  }

  static bool Wait(absl::Notification& done) {
    return done.WaitForNotificationWithTimeout(kPatience);
  }

  std::unique_ptr<EventLoop> loop_;
};

UniqueFd ReadableFd() { return UniqueFd(eventfd(1, EFD_CLOEXEC)); }

TEST_F(EventLoopTest, RunsPostedTasksInOrderOnItsOwnThread) {
  std::vector<int> order;
  bool on_thread = true;
  for (int i = 0; i < 100; ++i) {
    loop_->Post([&, i] {
      order.push_back(i);
      on_thread = on_thread && loop_->IsCurrentThread();
    });
  }
  OnLoop([] {});
  EXPECT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_TRUE(on_thread);
  EXPECT_FALSE(loop_->IsCurrentThread());
}

TEST_F(EventLoopTest, APostNeverRunsWithinTheCall) {
  bool in_call = false;
  bool within = false;
  OnLoop([&] {
    in_call = true;
    loop_->Post([&] { within = in_call; });
    in_call = false;
  });
  OnLoop([] {});
  EXPECT_FALSE(within);
}

TEST_F(EventLoopTest, EveryPostOfManyThreadsRunsOnce) {
  constexpr int kThreads = 8;
  constexpr int kPosts = 2000;
  std::vector<int> seen(kThreads, 0);
  bool in_order = true;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kPosts; ++i) {
        loop_->Post([&, t, i] { in_order = in_order && seen[t]++ == i; });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  OnLoop([] {});
  EXPECT_THAT(seen, ::testing::Each(kPosts));
  EXPECT_TRUE(in_order);
}

TEST_F(EventLoopTest, RunAndWaitOnTheLoopRunsAtOnce) {
  bool inner = false;
  bool inner_before_return = false;
  OnLoop([&] {
    loop_->RunAndWait([&] { inner = true; });
    inner_before_return = inner;
  });
  EXPECT_TRUE(inner_before_return);
}

TEST_F(EventLoopTest, TimersRunByDeadlineAndNotBefore) {
  std::vector<std::string> order;
  absl::Notification done;
  absl::Time start;
  absl::Time end;
  OnLoop([&] {
    start = loop_->Now();
    loop_->RunAfter(absl::Milliseconds(20), [&] {
      order.push_back("20");
      end = loop_->Now();
      done.Notify();
    });
    loop_->RunAfter(absl::Milliseconds(10), [&] { order.push_back("10"); });
    loop_->RunAfter(absl::ZeroDuration(), [&] { order.push_back("0"); });
    loop_->RunAfter(absl::Seconds(-5), [&] { order.push_back("-5000"); });
  });
  ASSERT_TRUE(Wait(done));
  EXPECT_THAT(order, ElementsAre("-5000", "0", "10", "20"));
  EXPECT_GE(end - start, absl::Milliseconds(20));
}

TEST_F(EventLoopTest, CancelledTimersDoNotRun) {
  int runs = 0;
  EventLoop::TimerId due_in_the_same_turn = 0;
  absl::Notification done;
  OnLoop([&] {
    const auto first = loop_->RunAfter(absl::ZeroDuration(), [&] { ++runs; });
    loop_->CancelTimer(first);
    loop_->CancelTimer(first);
    loop_->RunAfter(absl::ZeroDuration(), [&] {
      loop_->CancelTimer(due_in_the_same_turn);
      loop_->RunAfter(absl::Milliseconds(1), [&] { done.Notify(); });
    });
    due_in_the_same_turn =
        loop_->RunAfter(absl::ZeroDuration(), [&] { ++runs; });
    loop_->RunAfter(absl::InfiniteDuration(), [&] { ++runs; });
  });
  ASSERT_TRUE(Wait(done));
  OnLoop([] {});
  EXPECT_EQ(runs, 0);
}

TEST_F(EventLoopTest, AnEarlierTimerSetLaterComesFirst) {
  absl::Notification done;
  OnLoop([&] {
    loop_->RunAfter(absl::Hours(1), [] { FAIL(); });
    loop_->RunAfter(absl::Milliseconds(1), [&] { done.Notify(); });
  });
  EXPECT_TRUE(Wait(done));
}

TEST_F(EventLoopTest, CallsBackWhileTheDescriptorCanBeRead) {
  const UniqueFd fd(eventfd(3, EFD_CLOEXEC | EFD_SEMAPHORE));
  int left = 3;
  absl::Notification done;
  OnLoop([&] {
    ASSERT_TRUE(loop_
                    ->AddFd(fd.get(),
                            [&] {
                              eventfd_t value = 0;
                              eventfd_read(fd.get(), &value);
                              if (--left == 0) done.Notify();
                            })
                    .ok());
  });
  ASSERT_TRUE(Wait(done));
  OnLoop([&] { loop_->RemoveFd(fd.get()); });
  eventfd_write(fd.get(), 1);
  OnLoop([] {});
  EXPECT_EQ(left, 0);
}

TEST_F(EventLoopTest, RefusesWhatIsNoDescriptorOrIsThereAlready) {
  const UniqueFd fd(eventfd(0, EFD_CLOEXEC));
  OnLoop([&] {
    const absl::Status bad = loop_->AddFd(-1, [] {});
    EXPECT_EQ(ReasonOf(bad), v1::ERROR_REASON_INTERNAL);
    EXPECT_THAT(std::string(bad.message()), HasSubstr("epoll_ctl"));
    EXPECT_TRUE(loop_->AddFd(fd.get(), [] {}).ok());
    EXPECT_FALSE(loop_->AddFd(fd.get(), [] {}).ok());
    loop_->RemoveFd(fd.get());
    loop_->RemoveFd(fd.get());
    EXPECT_TRUE(loop_->AddFd(fd.get(), [] {}).ok());
    loop_->RemoveFd(fd.get());
  });
}

TEST_F(EventLoopTest, ACallbackMayRemoveItselfAndOthers) {
  const UniqueFd a = ReadableFd();
  const UniqueFd b = ReadableFd();
  int calls = 0;
  absl::Notification done;
  OnLoop([&] {
    const auto both_gone = [&] {
      ++calls;
      loop_->RemoveFd(a.get());
      loop_->RemoveFd(b.get());
      loop_->RunAfter(absl::Milliseconds(1), [&] { done.Notify(); });
    };
    ASSERT_TRUE(loop_->AddFd(a.get(), both_gone).ok());
    ASSERT_TRUE(loop_->AddFd(b.get(), both_gone).ok());
  });
  ASSERT_TRUE(Wait(done));
  OnLoop([] {});
  EXPECT_EQ(calls, 1);
}

// Both were ready when the loop looked; the first callback closes the second's
// descriptor and opens another, which gets the same number.
TEST_F(EventLoopTest, AnOldEventDoesNotReachTheNextDescriptorOfThatNumber) {
  UniqueFd fds[2] = {ReadableFd(), ReadableFd()};
  int wrong_calls = 0;
  absl::Notification done;
  OnLoop([&] {
    for (int i = 0; i < 2; ++i) {
      const auto callback = [&, i] {
        const int other = fds[1 - i].get();
        loop_->RemoveFd(fds[i].get());
        loop_->RemoveFd(other);
        fds[1 - i] = UniqueFd();
        fds[1 - i] = UniqueFd(eventfd(0, EFD_CLOEXEC));
        ASSERT_EQ(fds[1 - i].get(), other);
        ASSERT_TRUE(loop_->AddFd(other, [&] { ++wrong_calls; }).ok());
        loop_->RunAfter(absl::Milliseconds(1), [&] { done.Notify(); });
      };
      ASSERT_TRUE(loop_->AddFd(fds[i].get(), callback).ok());
    }
  });
  ASSERT_TRUE(Wait(done));
  OnLoop([&] {
    for (const UniqueFd& fd : fds) loop_->RemoveFd(fd.get());
  });
  EXPECT_EQ(wrong_calls, 0);
}

// Descriptors that never cease to be ready, more of them than are looked at in
// a turn, and timers and posts that always put the next one.
TEST_F(EventLoopTest, NothingThatIsAlwaysReadyStarvesAnotherThing) {
  constexpr int kFds = 200;
  std::vector<UniqueFd> fds;
  std::vector<int> calls(kFds, 0);
  int timers = 0;
  int posts = 0;
  absl::Notification done;
  const auto check = [&] {
    if (!done.HasBeenNotified() && timers > 100 && posts > 100 &&
        *std::min_element(calls.begin(), calls.end()) > 10) {
      done.Notify();
    }
  };
  std::function<void()> next_timer = [&] {
    ++timers;
    check();
    if (!done.HasBeenNotified()) {
      loop_->RunAfter(absl::ZeroDuration(), next_timer);
    }
  };
  std::function<void()> next_post = [&] {
    ++posts;
    if (!done.HasBeenNotified()) loop_->Post(next_post);
  };
  OnLoop([&] {
    for (int i = 0; i < kFds; ++i) {
      fds.push_back(ReadableFd());
      ASSERT_TRUE(loop_->AddFd(fds[i].get(), [&calls, i] { ++calls[i]; }).ok());
    }
    next_timer();
    next_post();
  });
  EXPECT_TRUE(Wait(done));
  OnLoop([&] {
    for (const UniqueFd& fd : fds) loop_->RemoveFd(fd.get());
  });
}

// While the loop is busy an accepted task is kept, a refused one is not.
void WaitUntilPostsAreRefused(EventLoop& loop) {
  while (true) {
    auto token = std::make_shared<int>();
    const std::weak_ptr<int> kept = token;
    loop.Post([token = std::move(token)] {});
    if (kept.expired()) return;
    std::this_thread::yield();
  }
}

TEST_F(EventLoopTest, StopRunsWhatWasPostedAndDropsTheRest) {
  int posted = 0;
  int dropped = 0;
  absl::Notification go;
  loop_->Post([&] { go.WaitForNotification(); });
  loop_->Post([&] {
    ++posted;
    loop_->Post([&] { ++dropped; });
    loop_->RunAfter(absl::Hours(1), [&] { ++dropped; });
  });
  std::thread stopper([&] { loop_->Stop(); });
  WaitUntilPostsAreRefused(*loop_);
  go.Notify();
  stopper.join();
  loop_->Stop();
  loop_->Post([&] { ++dropped; });
  EXPECT_FALSE(loop_->RunAndWait([&] { ++dropped; }));
  EXPECT_EQ(posted, 1);
  EXPECT_EQ(dropped, 0);
}

TEST_F(EventLoopTest, StopDestroysTasksThatCancelOthersOnTheirWayOut) {
  struct CancelsAtItsEnd {
    ~CancelsAtItsEnd() { loop->CancelTimer(id); }
    EventLoop* loop;
    EventLoop::TimerId id;
  };
  OnLoop([&] {
    const auto id = loop_->RunAfter(absl::Hours(1), [] { FAIL(); });
    std::shared_ptr<CancelsAtItsEnd> held(new CancelsAtItsEnd{loop_.get(), id});
    loop_->RunAfter(absl::InfiniteDuration(), [held] { FAIL(); });
  });
  loop_->Stop();
}

TEST_F(EventLoopTest, LeavesTheProcessesSignalsToOtherThreads) {
  sigset_t blocked;
  OnLoop([&] { pthread_sigmask(SIG_SETMASK, nullptr, &blocked); });
  EXPECT_TRUE(sigismember(&blocked, SIGTERM));
  EXPECT_FALSE(sigismember(&blocked, SIGSEGV));
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  EXPECT_FALSE(sigismember(&blocked, SIGTERM));
}

TEST_F(EventLoopTest, TheClockIsMonotonic) {
  absl::Time before = loop_->Now();
  for (int i = 0; i < 1000; ++i) {
    const absl::Time now = loop_->Now();
    ASSERT_GE(now, before);
    before = now;
  }
}

}  // namespace
}  // namespace localstore::resolver
