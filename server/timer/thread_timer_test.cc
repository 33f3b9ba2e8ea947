#include "server/timer/thread_timer.h"

#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;

TEST(ThreadTimerTest, RunsTasksInTheOrderTheyAreDue) {
  absl::Mutex mutex;
  std::vector<int> ran;
  absl::Notification last;
  ThreadTimer timer;
  const auto note = [&](int number) {
    absl::MutexLock lock(&mutex);
    ran.push_back(number);
    if (ran.size() == 3) last.Notify();
  };
  timer.CallAfter(absl::Milliseconds(60), [&] { note(3); });
  timer.CallAfter(absl::Milliseconds(30), [&] { note(2); });
  timer.CallAfter(absl::ZeroDuration(), [&] { note(1); });
  ASSERT_TRUE(last.WaitForNotificationWithTimeout(absl::Seconds(30)));
  absl::MutexLock lock(&mutex);
  EXPECT_THAT(ran, ElementsAre(1, 2, 3));
}

TEST(ThreadTimerTest, ACancelledTaskDoesNotRun) {
  absl::Notification later;
  bool ran = false;
  ThreadTimer timer;
  const Timer::Id id =
      timer.CallAfter(absl::Milliseconds(20), [&] { ran = true; });
  timer.Cancel(id);
  timer.Cancel(id);
  timer.Cancel(0);
  timer.CallAfter(absl::Milliseconds(40), [&] { later.Notify(); });
  ASSERT_TRUE(later.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_FALSE(ran);
}

TEST(ThreadTimerTest, ATaskMayArmTheNext) {
  absl::Notification second;
  ThreadTimer timer;
  timer.CallAfter(absl::ZeroDuration(), [&] {
    timer.CallAfter(absl::ZeroDuration(), [&] { second.Notify(); });
  });
  EXPECT_TRUE(second.WaitForNotificationWithTimeout(absl::Seconds(30)));
}

TEST(ThreadTimerTest, DestructionDropsWhatIsPending) {
  bool ran = false;
  {
    ThreadTimer timer;
    timer.CallAfter(absl::Hours(1), [&] { ran = true; });
  }
  EXPECT_FALSE(ran);
}

TEST(ThreadTimerTest, ElapsedDoesNotGoBack) {
  ThreadTimer timer;
  const absl::Duration before = timer.Elapsed();
  EXPECT_GE(timer.Elapsed(), before);
}

}  // namespace
}  // namespace localstore::server
