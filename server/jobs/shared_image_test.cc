// Downloads of the same image at the same time: one transfer.
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "server/jobs/fake_image_fetcher.h"
#include "server/jobs/job_registry.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Duration kHang = absl::Seconds(30);
constexpr char kDigest[] =
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

class FakeFiles : public ImageFiles {
 public:
  absl::Status Delete(const std::string&) override { return absl::OkStatus(); }
  absl::StatusOr<int64_t> FreeBytes() override { return 1; }
};

// Waits until a job is as wanted.
class Waiter : public JobObserver {
 public:
  explicit Waiter(std::function<bool(const Job&)> wanted)
      : wanted_(std::move(wanted)) {}
  void OnJobChanged(const std::shared_ptr<Job>& job) override {
    if (!wanted_(*job)) return;
    absl::MutexLock lock(&mutex_);
    seen_ = true;
  }
  bool Wait() {
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&seen_), kHang);
  }

 private:
  const std::function<bool(const Job&)> wanted_;
  absl::Mutex mutex_;
  bool seen_ ABSL_GUARDED_BY(mutex_) = false;
};

bool WaitUntil(const std::shared_ptr<Job>& job,
               const std::function<bool(const Job&)>& wanted) {
  const auto waiter = std::make_shared<Waiter>(wanted);
  job->observers().Add(waiter);
  return wanted(*job) || waiter->Wait();
}

bool WaitForEnd(const std::shared_ptr<Job>& job) {
  return WaitUntil(job, [](const Job& j) { return j.final(); });
}

bool WaitUntilSharedWith(const std::shared_ptr<Job>& job,
                         const std::string& id) {
  return WaitUntil(
      job, [id](const Job& j) { return j.Snapshot().shared_with() == id; });
}

DownloadOrder Order(const std::string& id, const std::string& sha256 = kDigest,
                    const std::string& url = "http://store.local/image") {
  DownloadOrder order;
  order.request.set_download_id(id);
  order.fetch.destination = "to-" + id;
  order.fetch.sha256 = sha256;
  order.fetch.sources.emplace_back();
  order.fetch.sources.back().url = url;
  order.fingerprint = id;
  return order;
}

fetcher::FetchResult Brought() {
  return fetcher::FetchResult{kDigest, 9, true};
}

fetcher::FetchResult CopiedFrom(const std::string& destination) {
  fetcher::FetchResult result{kDigest, 9, false};
  result.copied_from = destination;
  return result;
}

class SharedImageTest : public ::testing::Test {
 protected:
  SharedImageTest() { Make(JobRegistry::Options()); }

  void Make(const JobRegistry::Options& options) {
    JobRegistry::Parts parts;
    parts.fetcher = &fetcher_;
    parts.files = &files_;
    parts.store = &store_;
    parts.timer = &timer_;
    registry_ = std::make_unique<JobRegistry>(options, parts);
  }

  std::shared_ptr<Job> Attach(DownloadOrder order) {
    auto job = registry_->Attach(std::move(order));
    EXPECT_TRUE(job.ok()) << job.status();
    return *job;
  }

  // "a" runs, "b" waits for it.
  void ShareOne() {
    a_ = Attach(Order("a"));
    ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
    b_ = Attach(Order("b"));
    ASSERT_TRUE(WaitUntilSharedWith(b_, "a"));
    EXPECT_EQ(b_->Snapshot().state(), v1::Download::STATE_QUEUED);
  }

  FakeImageFetcher fetcher_;
  FakeFiles files_;
  MemoryJobStore store_;
  FakeTimer timer_;
  std::unique_ptr<JobRegistry> registry_;
  std::shared_ptr<Job> a_;
  std::shared_ptr<Job> b_;
};

TEST_F(SharedImageTest, TheSecondGetsACopyOfWhatTheFirstBrought) {
  ShareOne();
  EXPECT_EQ(fetcher_.calls(), 1u);
  EXPECT_EQ(registry_->active(), 1);
  EXPECT_EQ(registry_->waiting(), 1);
  fetcher_.WaitForCall(0)->Return(Brought());
  const auto copy = fetcher_.WaitForCall(1);
  EXPECT_EQ(copy->request().destination, "to-b");
  EXPECT_THAT(copy->request().local_copies, ElementsAre("to-a"));
  EXPECT_EQ(b_->Snapshot().shared_with(), "a");
  copy->Return(CopiedFrom("to-a"));
  ASSERT_TRUE(WaitForEnd(b_));
  EXPECT_EQ(b_->Snapshot().state(), v1::Download::STATE_COMPLETED);
  EXPECT_EQ(b_->Snapshot().shared_with(), "a");
  EXPECT_EQ(b_->Snapshot().resumed_bytes(), 9);
  EXPECT_EQ(a_->Snapshot().shared_with(), "");
}

TEST_F(SharedImageTest, TheSecondTransfersTheImageWhenTheFirstFails) {
  ShareOne();
  fetcher_.WaitForCall(0)->Return(
      MakeError(v1::ERROR_REASON_HTTP_STATUS, "404"));
  const auto own = fetcher_.WaitForCall(1);
  EXPECT_EQ(own->request().destination, "to-b");
  EXPECT_THAT(own->request().local_copies, IsEmpty());
  EXPECT_EQ(b_->Snapshot().shared_with(), "");
  own->Return(Brought());
  ASSERT_TRUE(WaitForEnd(b_));
  EXPECT_EQ(b_->Snapshot().state(), v1::Download::STATE_COMPLETED);
}

TEST_F(SharedImageTest, TheSecondTransfersTheImageWhenTheFirstIsCancelled) {
  ShareOne();
  ASSERT_TRUE(registry_->Cancel("a", false).ok());
  EXPECT_EQ(fetcher_.WaitForCall(1)->request().destination, "to-b");
}

TEST_F(SharedImageTest, OneAfterTheOtherTriesUntilOneBringsIt) {
  ShareOne();
  const auto c = Attach(Order("c"));
  ASSERT_TRUE(WaitUntilSharedWith(c, "a"));
  fetcher_.WaitForCall(0)->Return(
      MakeError(v1::ERROR_REASON_HTTP_STATUS, "404"));
  ASSERT_TRUE(WaitUntilSharedWith(c, "b"));
  fetcher_.WaitForCall(1)->Return(Brought());
  const auto copy = fetcher_.WaitForCall(2);
  EXPECT_THAT(copy->request().local_copies, ElementsAre("to-b"));
  copy->Return(CopiedFrom("to-b"));
  ASSERT_TRUE(WaitForEnd(c));
  EXPECT_EQ(fetcher_.calls(), 3u);
}

TEST_F(SharedImageTest, OneThatWaitsForAnImageTakesNobodysTurn) {
  JobRegistry::Options options;
  options.queue.active = 2;
  Make(options);
  ShareOne();
  Attach(Order("c", std::string(64, 'c')));
  EXPECT_EQ(fetcher_.WaitForCall(1)->request().destination, "to-c");
}

TEST_F(SharedImageTest, OneThatWaitedIsBeforeThoseThatCameLater) {
  JobRegistry::Options options;
  options.queue.active = 2;
  Make(options);
  ShareOne();
  Attach(Order("c", std::string(64, 'c')));
  ASSERT_NE(fetcher_.WaitForCall(1), nullptr);
  Attach(Order("d", std::string(64, 'd')));
  fetcher_.WaitForCall(0)->Return(Brought());
  EXPECT_EQ(fetcher_.WaitForCall(2)->request().destination, "to-b");
}

TEST_F(SharedImageTest, OneThatWaitsForAnImageCountsAsWaiting) {
  JobRegistry::Options options;
  options.queue.active = 1;
  options.queue.waiting = 1;
  Make(options);
  Attach(Order("a"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  Attach(Order("b"));
  EXPECT_EQ(ReasonOf(registry_->Attach(Order("c")).status()),
            v1::ERROR_REASON_QUEUE_FULL);
}

// The one that was to be next goes before its turn has come.
TEST_F(SharedImageTest, NobodyWaitsForOneThatLeftTheQueue) {
  JobRegistry::Options options;
  options.queue.active = 2;
  Make(options);
  ShareOne();
  const auto c = Attach(Order("c"));
  ASSERT_TRUE(WaitUntilSharedWith(c, "a"));
  Attach(Order("x", std::string(64, 'd')));
  ASSERT_NE(fetcher_.WaitForCall(1), nullptr);
  options.queue.active = 1;
  registry_->SetOptions(options);
  fetcher_.WaitForCall(0)->Return(
      MakeError(v1::ERROR_REASON_HTTP_STATUS, "404"));
  ASSERT_TRUE(WaitUntilSharedWith(c, "b"));
  ASSERT_TRUE(registry_->Cancel("b", false).ok());
  EXPECT_EQ(c->Snapshot().shared_with(), "");
  fetcher_.WaitForCall(1)->Return(fetcher::FetchResult());
  EXPECT_EQ(fetcher_.WaitForCall(2)->request().destination, "to-c");
}

TEST_F(SharedImageTest, CancelEndsOneThatWaitsForAnImageAtOnce) {
  ShareOne();
  ASSERT_TRUE(registry_->Cancel("b", false).ok());
  EXPECT_EQ(b_->Snapshot().state(), v1::Download::STATE_CANCELLED);
  fetcher_.WaitForCall(0)->Return(Brought());
  ASSERT_TRUE(WaitForEnd(a_));
  EXPECT_EQ(fetcher_.calls(), 1u);
}

TEST_F(SharedImageTest, TimeoutEndsOneThatWaitsForAnImage) {
  a_ = Attach(Order("a"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  DownloadOrder order = Order("b");
  order.timeout = absl::Seconds(10);
  b_ = Attach(std::move(order));
  ASSERT_TRUE(WaitUntilSharedWith(b_, "a"));
  timer_.Advance(absl::Seconds(10));
  ASSERT_TRUE(WaitForEnd(b_));
  EXPECT_EQ(ReasonOf(b_->outcome()), v1::ERROR_REASON_DEADLINE_EXCEEDED);
}

TEST_F(SharedImageTest, DrainInterruptsOneThatWaitsForAnImage) {
  ShareOne();
  registry_->Drain();
  EXPECT_TRUE(b_->interrupted());
}

TEST_F(SharedImageTest, WithoutADigestNothingIsShared) {
  Attach(Order("a", ""));
  Attach(Order("b", ""));
  EXPECT_NE(fetcher_.WaitForCall(1), nullptr);
}

TEST_F(SharedImageTest, OtherSourcesAreLeftAloneAsLongAsTheFirstMakesProgress) {
  a_ = Attach(Order("a"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  b_ = Attach(Order("b", kDigest, "http://backup.local/image"));
  EXPECT_TRUE(WaitUntilSharedWith(b_, "a"));
}

TEST_F(SharedImageTest, OneThatBacksOffHoldsNobodyUpWhoHasAnotherSource) {
  ShareOne();
  const auto c = Attach(Order("c", kDigest, "http://backup.local/image"));
  ASSERT_TRUE(WaitUntilSharedWith(c, "a"));
  fetcher_.WaitForCall(0)->observer().OnWaiting(
      MakeError(v1::ERROR_REASON_CONNECT_FAILED, "no"), absl::Seconds(5));
  EXPECT_EQ(fetcher_.WaitForCall(1)->request().destination, "to-c");
  EXPECT_EQ(b_->Snapshot().state(), v1::Download::STATE_QUEUED);
}

TEST_F(SharedImageTest, WhatWasThereBeforeIsNotCopied) {
  a_ = Attach(Order("a"));
  fetcher_.WaitForCall(0)->Return(Brought());
  ASSERT_TRUE(WaitForEnd(a_));
  timer_.Advance(absl::Seconds(1));
  Attach(Order("b"));
  EXPECT_THAT(fetcher_.WaitForCall(1)->request().local_copies, IsEmpty());
}

// Both were asked for before the restart; one of them may have ended.
TEST_F(SharedImageTest, IsSharedAcrossARestart) {
  for (const auto first :
       {v1::Download::STATE_DOWNLOADING, v1::Download::STATE_COMPLETED}) {
    const size_t before = fetcher_.calls();
    Make(JobRegistry::Options());
    StoredJob a;
    a.sequence = 1;
    a.download.set_download_id("a");
    a.download.set_state(first);
    a.download.mutable_create_time()->set_seconds(100);
    if (first == v1::Download::STATE_COMPLETED) {
      a.download.mutable_end_time()->set_seconds(102);
    }
    StoredJob b = a;
    b.sequence = 2;
    b.download.set_download_id("b");
    b.download.set_state(v1::Download::STATE_QUEUED);
    b.download.mutable_create_time()->set_seconds(101);
    registry_->Restore(Order("a"), a, absl::OkStatus());
    registry_->Restore(Order("b"), b, absl::OkStatus());
    const auto call = fetcher_.WaitForCall(before);
    if (first == v1::Download::STATE_COMPLETED) {
      EXPECT_THAT(call->request().local_copies, ElementsAre("to-a"));
    } else {
      EXPECT_EQ(call->request().destination, "to-a");
      EXPECT_TRUE(WaitUntilSharedWith(*registry_->Find("b"), "a"));
    }
  }
}

}  // namespace
}  // namespace localstore::server
