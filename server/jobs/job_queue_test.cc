#include "server/jobs/job_queue.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Jobs run until a test ends them.
class JobQueueTest : public ::testing::Test {
 protected:
  ~JobQueueTest() override {
    {
      absl::MutexLock lock(&mutex_);
      all_may_end_ = true;
    }
    queue_ = nullptr;
  }

  void Make(int active, int waiting, int waiting_per_client) {
    JobQueue::Limits limits;
    limits.active = active;
    limits.waiting = waiting;
    limits.waiting_per_client = waiting_per_client;
    queue_ = std::make_unique<JobQueue>(
        limits, [this](const std::shared_ptr<Job>& job) { Run(job); });
  }

  std::shared_ptr<Job> MakeJob(const std::string& client) {
    DownloadOrder order;
    order.request.set_download_id(absl::StrCat(client, "-", ++number_));
    order.client = client;
    return std::make_shared<Job>(std::move(order), number_, &timer_);
  }

  absl::Status Push(const std::string& client) {
    absl::Status status = queue_->Reserve(client);
    if (status.ok()) status = queue_->PushReserved(MakeJob(client));
    return status;
  }

  // The ids of those that were begun, once there are so many.
  std::vector<std::string> WaitForBegun(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto begun = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return begun_.size() >= count;
    };
    mutex_.Await(absl::Condition(&begun));
    return begun_;
  }

  // Ends the one that was begun first, and waits until the next has begun.
  void EndOne() {
    size_t begun = 0;
    {
      absl::MutexLock lock(&mutex_);
      begun = begun_.size();
      ++may_end_;
    }
    WaitForBegun(begun + 1);
  }

  FakeTimer timer_;
  std::unique_ptr<JobQueue> queue_;

 private:
  void Run(const std::shared_ptr<Job>& job) {
    absl::MutexLock lock(&mutex_);
    begun_.push_back(job->id());
    const auto may_end = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return may_end_ > 0 || all_may_end_;
    };
    mutex_.Await(absl::Condition(&may_end));
    --may_end_;
  }

  uint64_t number_ = 0;
  absl::Mutex mutex_;
  std::vector<std::string> begun_ ABSL_GUARDED_BY(mutex_);
  int may_end_ ABSL_GUARDED_BY(mutex_) = 0;
  bool all_may_end_ ABSL_GUARDED_BY(mutex_) = false;
};

TEST_F(JobQueueTest, IsFullForAllWhenSoManyWait) {
  Make(1, 2, 2);
  EXPECT_TRUE(Push("a").ok());
  EXPECT_TRUE(Push("b").ok());
  EXPECT_TRUE(Push("c").ok());
  const absl::Status full = Push("d");
  EXPECT_EQ(ReasonOf(full), v1::ERROR_REASON_QUEUE_FULL);
  EXPECT_EQ(MetadataOf(full, "limit"), "max_queued_downloads");
}

TEST_F(JobQueueTest, OneClientLeavesRoomForOthers) {
  Make(1, 4, 2);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Push("uid:7").ok()) << i;
  const absl::Status full = Push("uid:7");
  EXPECT_EQ(ReasonOf(full), v1::ERROR_REASON_QUEUE_FULL);
  EXPECT_EQ(MetadataOf(full, "limit"), "max_queued_downloads_per_client");
  EXPECT_EQ(MetadataOf(full, "client"), "uid:7");
  EXPECT_EQ(MetadataOf(full, "downloads"), "3");
  EXPECT_THAT(std::string(full.message()), HasSubstr("one client"));
  EXPECT_TRUE(Push("uid:8").ok());
  EXPECT_TRUE(Push("uid:8").ok());
  EXPECT_EQ(MetadataOf(Push("uid:8"), "limit"), "max_queued_downloads");
}

TEST_F(JobQueueTest, WhatIsFirstIsServedFirstWhoeverAskedForIt) {
  Make(1, 10, 10);
  for (const char* client : {"a", "a", "b", "a", "b"}) {
    EXPECT_TRUE(Push(client).ok());
  }
  WaitForBegun(1);
  for (int i = 0; i < 4; ++i) EndOne();
  EXPECT_THAT(WaitForBegun(5), ElementsAre("a-1", "a-2", "b-3", "a-4", "b-5"));
}

TEST_F(JobQueueTest, WhatEndsOrIsWithdrawnMakesRoomForItsClient) {
  Make(1, 10, 1);
  EXPECT_TRUE(Push("a").ok());
  EXPECT_TRUE(Push("a").ok());
  EXPECT_FALSE(Push("a").ok());
  WaitForBegun(1);
  EndOne();
  // The one that has ended leaves just after the next has begun, or before.
  const std::shared_ptr<Job> job = MakeJob("a");
  while (!queue_->Reserve("a").ok()) std::this_thread::yield();
  EXPECT_TRUE(queue_->PushReserved(job).ok());
  EXPECT_FALSE(Push("a").ok());
  EXPECT_TRUE(queue_->Withdraw(job));
  EXPECT_TRUE(queue_->Reserve("a").ok());
  EXPECT_FALSE(queue_->Reserve("a").ok());
  queue_->GiveBack("a");
  EXPECT_TRUE(Push("a").ok());
}

TEST_F(JobQueueTest, ThoseOfAnEarlierProcessCountAsTheirClients) {
  Make(1, 10, 1);
  EXPECT_TRUE(queue_->PushAccepted(MakeJob("a")).ok());
  EXPECT_TRUE(queue_->PushAccepted(MakeJob("a")).ok());
  EXPECT_TRUE(queue_->PushAccepted(MakeJob("a")).ok())
      << "were accepted before";
  EXPECT_FALSE(Push("a").ok());
  EXPECT_TRUE(Push("b").ok());
}

TEST_F(JobQueueTest, ThoseOfNobodyInParticularAreOnlyCountedTogether) {
  Make(1, 3, 0);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(Push("").ok()) << i;
  EXPECT_EQ(MetadataOf(Push(""), "limit"), "max_queued_downloads");
}

}  // namespace
}  // namespace localstore::server
