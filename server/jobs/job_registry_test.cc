#include "server/jobs/job_registry.h"

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "server/jobs/fake_image_fetcher.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::Duration kHang = absl::Seconds(30);

class FakeFiles : public ImageFiles {
 public:
  absl::Status Delete(const std::string& destination) override {
    deleted.push_back(destination);
    return absl::OkStatus();
  }
  absl::StatusOr<int64_t> FreeBytes() override { return 1; }

  std::vector<std::string> deleted;
};

class FakeStore : public MemoryJobStore {
 public:
  absl::Status Create(const StoredJob&, absl::Duration) override {
    return failure;
  }
  void Update(uint64_t sequence, const v1::Download& download) override {
    absl::MutexLock lock(&mutex_);
    updates_[sequence] = download;
  }
  void Remove(uint64_t sequence) override { removed.push_back(sequence); }
  void Flush(absl::Duration, Done done) override {
    flushed = removed;
    done(flush_failure);
  }
  v1::Download Updated(uint64_t sequence) {
    absl::MutexLock lock(&mutex_);
    return updates_[sequence];
  }

  absl::Status failure;        // of Create
  absl::Status flush_failure;  // of Flush
  std::vector<uint64_t> removed;
  std::vector<uint64_t> flushed;  // of those

 private:
  absl::Mutex mutex_;
  std::map<uint64_t, v1::Download> updates_ ABSL_GUARDED_BY(mutex_);
};

// Waits until a job is final.
class EndWaiter : public JobObserver {
 public:
  void OnJobChanged(const std::shared_ptr<Job>& job) override {
    if (!job->final()) return;
    absl::MutexLock lock(&mutex_);
    final_ = true;
  }
  bool Wait() {
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&final_), kHang);
  }

 private:
  absl::Mutex mutex_;
  bool final_ ABSL_GUARDED_BY(mutex_) = false;
};

bool WaitForEnd(const std::shared_ptr<Job>& job) {
  const auto waiter = std::make_shared<EndWaiter>();
  job->observers().Add(waiter);
  return job->final() || waiter->Wait();
}

DownloadOrder Order(const std::string& id, const std::string& destination) {
  DownloadOrder order;
  order.request.set_download_id(id);
  order.fetch.destination = destination;
  order.fetch.sources.emplace_back();
  order.fingerprint = destination;
  return order;
}

class JobRegistryTest : public ::testing::Test {
 protected:
  JobRegistryTest() { Make(JobRegistry::Options()); }

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
    return job.ok() ? *job : nullptr;
  }

  // The store answers at once.
  absl::Status Remove(const std::string& id, bool delete_file) {
    absl::Status result;
    registry_->Remove(id, delete_file,
                      [&](const absl::Status& status) { result = status; });
    return result;
  }

  v1::ErrorReason ReasonOfAttach(DownloadOrder order) {
    return ReasonOf(registry_->Attach(std::move(order)).status());
  }

  FakeImageFetcher fetcher_;
  FakeFiles files_;
  FakeStore store_;
  FakeTimer timer_;
  std::unique_ptr<JobRegistry> registry_;
};

TEST_F(JobRegistryTest, RunsADownloadToItsEnd) {
  const auto job = Attach(Order("a", "x"));
  fetcher_.WaitForCall(0)->Return(fetcher::FetchResult{"abc", 10, true});
  ASSERT_TRUE(WaitForEnd(job));
  EXPECT_EQ(job->Snapshot().state(), v1::Download::STATE_COMPLETED);
}

TEST_F(JobRegistryTest, SameIdAndRequestAttaches) {
  const auto job = Attach(Order("a", "x"));
  EXPECT_EQ(Attach(Order("a", "x")), job);
  fetcher_.WaitForCall(0)->Return(fetcher::FetchResult{"abc", 10, true});
  ASSERT_TRUE(WaitForEnd(job));
  EXPECT_EQ(Attach(Order("a", "x")), job);  // also after its success
  EXPECT_EQ(fetcher_.calls(), 1u);
}

TEST_F(JobRegistryTest, SameIdWithAnotherRequestConflicts) {
  Attach(Order("a", "x"));
  EXPECT_EQ(ReasonOfAttach(Order("a", "y")),
            v1::ERROR_REASON_DOWNLOAD_CONFLICT);
}

TEST_F(JobRegistryTest, TwoIdsForOneDestinationConflictUntilTheFirstEnds) {
  const auto job = Attach(Order("a", "x"));
  EXPECT_EQ(ReasonOfAttach(Order("b", "x")),
            v1::ERROR_REASON_DOWNLOAD_CONFLICT);
  fetcher_.WaitForCall(0)->Return(fetcher::FetchResult{"abc", 10, true});
  ASSERT_TRUE(WaitForEnd(job));
  EXPECT_EQ(Attach(Order("b", "x"))->id(), "b");
}

TEST_F(JobRegistryTest, ADownloadThatFailedIsStartedAgain) {
  const auto job = Attach(Order("a", "x"));
  fetcher_.WaitForCall(0)->Return(MakeError(v1::ERROR_REASON_NO_SPACE, "full"));
  ASSERT_TRUE(WaitForEnd(job));
  const auto again = Attach(Order("a", "x"));
  EXPECT_NE(again, job);
  fetcher_.WaitForCall(1)->Return(fetcher::FetchResult{"abc", 10, true});
  ASSERT_TRUE(WaitForEnd(again));
  EXPECT_TRUE(again->outcome().ok());
  EXPECT_THAT(registry_->List(0, 10), ElementsAre(again));
}

TEST_F(JobRegistryTest, QueueIsBoundedAndFirstComeFirstServed) {
  JobRegistry::Options options;
  options.queue.active = 1;
  options.queue.waiting = 2;
  Make(options);
  const auto a = Attach(Order("a", "a"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  const auto b = Attach(Order("b", "b"));
  const auto c = Attach(Order("c", "c"));
  const auto full = registry_->Attach(Order("d", "d")).status();
  EXPECT_EQ(ReasonOf(full), v1::ERROR_REASON_QUEUE_FULL);
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(b->Snapshot().state(), v1::Download::STATE_QUEUED);
  EXPECT_FALSE(registry_->Find("d").ok());
  for (size_t i = 0; i < 3; ++i) {
    const auto call = fetcher_.WaitForCall(i);
    EXPECT_EQ(call->request().destination, std::string(1, 'a' + i));
    call->Return(fetcher::FetchResult());
  }
  ASSERT_TRUE(WaitForEnd(c));
}

TEST_F(JobRegistryTest, CancelStopsARunningDownload) {
  const auto job = Attach(Order("a", "x"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  ASSERT_TRUE(registry_->Cancel("a", false).ok());
  ASSERT_TRUE(WaitForEnd(job));
  EXPECT_EQ(job->Snapshot().state(), v1::Download::STATE_CANCELLED);
  EXPECT_EQ(ReasonOf(job->outcome()), v1::ERROR_REASON_CANCELLED);
  EXPECT_THAT(fetcher_.discarded(), IsEmpty());
  EXPECT_TRUE(registry_->Cancel("a", false).ok());  // again
}

TEST_F(JobRegistryTest, CancelStopsAQueuedDownloadAtOnce) {
  JobRegistry::Options options;
  options.queue.active = 1;
  Make(options);
  Attach(Order("a", "a"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  const auto queued = Attach(Order("b", "b"));
  ASSERT_TRUE(registry_->Cancel("b", false).ok());
  EXPECT_EQ(queued->Snapshot().state(), v1::Download::STATE_CANCELLED);
  EXPECT_EQ(fetcher_.calls(), 1u);
}

TEST_F(JobRegistryTest, CancelDiscardsThePartialFileIfAsked) {
  const auto job = Attach(Order("a", "x"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  ASSERT_TRUE(registry_->Cancel("a", true).ok());
  ASSERT_TRUE(WaitForEnd(job));
  EXPECT_THAT(fetcher_.discarded(), ElementsAre("x"));
}

// Whether the end or the cancellation comes first, the partial file goes.
TEST_F(JobRegistryTest, CancelThatMeetsTheEndDiscardsThePartialFile) {
  constexpr size_t kTimes = 300;
  for (size_t i = 0; i < kTimes; ++i) {
    const std::string id = std::to_string(i);
    const auto job = Attach(Order(id, id));
    const auto call = fetcher_.WaitForCall(i);
    std::thread end(
        [&] { call->Return(MakeError(v1::ERROR_REASON_STALLED, "stalled")); });
    ASSERT_TRUE(registry_->Cancel(id, true).ok());
    end.join();
    ASSERT_TRUE(WaitForEnd(job));
    ASSERT_THAT(fetcher_.discarded(), Contains(id));
  }
}

TEST_F(JobRegistryTest, WhatIsDiscardedAtTheEndKeepsItsDestinationUntilThen) {
  const auto job = Attach(Order("a", "x"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  v1::ErrorReason meanwhile = v1::ERROR_REASON_UNSPECIFIED;
  fetcher_.BeforeDiscard([&] { meanwhile = ReasonOfAttach(Order("b", "x")); });
  ASSERT_TRUE(registry_->Cancel("a", true).ok());
  ASSERT_TRUE(WaitForEnd(job));
  EXPECT_EQ(meanwhile, v1::ERROR_REASON_DOWNLOAD_CONFLICT);
  Attach(Order("b", "x"));
}

TEST_F(JobRegistryTest, CancelOfAnUnknownIdSaysSo) {
  EXPECT_EQ(ReasonOf(registry_->Cancel("a", false).status()),
            v1::ERROR_REASON_DOWNLOAD_NOT_FOUND);
}

TEST_F(JobRegistryTest, TimeoutEndsTheDownload) {
  DownloadOrder order = Order("a", "x");
  order.timeout = absl::Seconds(10);
  const auto job = Attach(std::move(order));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  timer_.Advance(absl::Seconds(9));
  EXPECT_FALSE(job->ended());
  timer_.Advance(absl::Seconds(1));
  ASSERT_TRUE(WaitForEnd(job));
  EXPECT_EQ(job->Snapshot().state(), v1::Download::STATE_FAILED);
  EXPECT_EQ(ReasonOf(job->outcome()), v1::ERROR_REASON_DEADLINE_EXCEEDED);
}

TEST_F(JobRegistryTest, LastStreamsEndCancelsIfAskedFor) {
  DownloadOrder order = Order("a", "x");
  order.request.set_on_disconnect(v1::DISCONNECT_POLICY_CANCEL);
  const auto job = Attach(order);
  Attach(order);
  registry_->Detach(job);
  EXPECT_TRUE(job->cancellation().status().ok());
  registry_->Detach(job);
  ASSERT_TRUE(WaitForEnd(job));
  EXPECT_EQ(job->Snapshot().state(), v1::Download::STATE_CANCELLED);
}

TEST_F(JobRegistryTest, LastStreamsEndLeavesTheDownloadOtherwise) {
  const auto job = Attach(Order("a", "x"));
  registry_->Detach(job);
  EXPECT_TRUE(job->cancellation().status().ok());
}

TEST_F(JobRegistryTest, RemoveForgetsOnlyWhatHasEnded) {
  const auto job = Attach(Order("a", "x"));
  EXPECT_EQ(ReasonOf(Remove("a", false)), v1::ERROR_REASON_DOWNLOAD_ACTIVE);
  fetcher_.WaitForCall(0)->Return(fetcher::FetchResult());
  ASSERT_TRUE(WaitForEnd(job));
  EXPECT_TRUE(Remove("a", true).ok());
  EXPECT_THAT(files_.deleted, ElementsAre("x"));
  EXPECT_THAT(store_.flushed, ElementsAre(job->sequence()));
  EXPECT_EQ(ReasonOf(Remove("a", false)), v1::ERROR_REASON_DOWNLOAD_NOT_FOUND);
}

TEST_F(JobRegistryTest, RemoveSaysWhenTheStoreHasNotTakenItDown) {
  const auto job = Attach(Order("a", "x"));
  fetcher_.WaitForCall(0)->Return(fetcher::FetchResult());
  ASSERT_TRUE(WaitForEnd(job));
  store_.flush_failure = MakeError(v1::ERROR_REASON_NO_SPACE, "disk is full");
  const absl::Status removed = Remove("a", false);
  EXPECT_EQ(ReasonOf(removed), v1::ERROR_REASON_NO_SPACE);
  EXPECT_THAT(std::string(removed.message()), HasSubstr("disk is full"));
  EXPECT_THAT(std::string(removed.message()), HasSubstr("is removed, but"));
  EXPECT_FALSE(registry_->Find("a").ok());
}

TEST_F(JobRegistryTest, PersistHandsTheStoreHowTheJobEnded) {
  const auto job = Attach(Order("a", "x"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  ASSERT_TRUE(registry_->Cancel("a", false).ok());
  ASSERT_TRUE(WaitForEnd(job));
  store_.Update(job->sequence(), v1::Download());  // as if it was on its way
  absl::Status persisted = MakeError(v1::ERROR_REASON_INTERNAL, "not called");
  registry_->Persist(job,
                     [&](const absl::Status& status) { persisted = status; });
  EXPECT_TRUE(persisted.ok()) << persisted;
  EXPECT_EQ(store_.Updated(job->sequence()).state(),
            v1::Download::STATE_CANCELLED);
}

TEST_F(JobRegistryTest, RemoveLeavesAFileThatAnotherDownloadPutThere) {
  const auto failed = Attach(Order("a", "x"));
  fetcher_.WaitForCall(0)->Return(MakeError(v1::ERROR_REASON_NO_SPACE, "full"));
  ASSERT_TRUE(WaitForEnd(failed));
  Attach(Order("b", "x"));
  EXPECT_TRUE(Remove("a", true).ok());
  EXPECT_THAT(files_.deleted, IsEmpty());
  EXPECT_THAT(fetcher_.discarded(), IsEmpty());
}

TEST_F(JobRegistryTest, FilesAreThoseOfTheLastDownloadThatLeftThem) {
  const auto first = Attach(Order("a", "x"));
  fetcher_.WaitForCall(0)->Return(fetcher::FetchResult());
  ASSERT_TRUE(WaitForEnd(first));
  const auto second = Attach(Order("b", "x"));
  fetcher_.WaitForCall(1)->Return(fetcher::FetchResult());
  ASSERT_TRUE(WaitForEnd(second));
  const auto third = Attach(Order("c", "x"));
  fetcher_.WaitForCall(2)->Return(MakeError(v1::ERROR_REASON_NO_SPACE, "full"));
  ASSERT_TRUE(WaitForEnd(third));

  EXPECT_TRUE(registry_->Cancel("a", true).ok());
  EXPECT_TRUE(Remove("a", true).ok());
  EXPECT_THAT(files_.deleted, IsEmpty());
  EXPECT_TRUE(Remove("b", true).ok());
  EXPECT_THAT(files_.deleted, ElementsAre("x"));
  EXPECT_THAT(fetcher_.discarded(), IsEmpty());
  EXPECT_TRUE(Remove("c", true).ok());
  EXPECT_THAT(fetcher_.discarded(), ElementsAre("x"));
  EXPECT_THAT(files_.deleted, ElementsAre("x"));
}

TEST_F(JobRegistryTest, WhatTheStoreCannotKeepIsNotStarted) {
  store_.failure = MakeError(v1::ERROR_REASON_STORAGE_FAILED, "disk is gone");
  EXPECT_EQ(ReasonOfAttach(Order("a", "x")), v1::ERROR_REASON_STORAGE_FAILED);
  EXPECT_FALSE(registry_->Find("a").ok());
  EXPECT_EQ(fetcher_.calls(), 0u);
  EXPECT_THAT(store_.removed, ElementsAre(1)) << "it may come to be there late";
  store_.failure = absl::OkStatus();
  Attach(Order("a", "x"));  // neither id nor destination is taken
}

TEST_F(JobRegistryTest, DrainInterruptsWhatRunsAndWhatWaits) {
  JobRegistry::Options options;
  options.queue.active = 1;
  Make(options);
  const auto running = Attach(Order("a", "a"));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  const auto waiting = Attach(Order("b", "b"));
  registry_->Drain();
  for (const auto& job : {running, waiting}) {
    EXPECT_TRUE(job->interrupted());
    EXPECT_FALSE(job->ended());
    EXPECT_EQ(ReasonOf(job->outcome()), v1::ERROR_REASON_SHUTTING_DOWN);
  }
  EXPECT_EQ(ReasonOfAttach(Order("c", "c")), v1::ERROR_REASON_SHUTTING_DOWN);
  EXPECT_EQ(fetcher_.calls(), 1u);
}

TEST_F(JobRegistryTest, ListsInOrderAndByPages) {
  const auto a = Attach(Order("z", "a"));
  const auto b = Attach(Order("y", "b"));
  const auto c = Attach(Order("x", "c"));
  EXPECT_THAT(registry_->List(0, 2), ElementsAre(a, b));
  EXPECT_THAT(registry_->List(b->sequence(), 2), ElementsAre(c));
}

TEST_F(JobRegistryTest, ForgetsTheOldestThatEnded) {
  JobRegistry::Options options;
  options.max_ended = 1;
  options.max_ended_age = absl::Hours(1);
  Make(options);
  for (size_t i = 0; i < 3; ++i) {
    const auto job =
        Attach(Order(std::string(1, static_cast<char>('a' + i)), "x"));
    fetcher_.WaitForCall(i)->Return(fetcher::FetchResult());
    ASSERT_TRUE(WaitForEnd(job));
  }
  const auto running = Attach(Order("r", "r"));
  EXPECT_FALSE(registry_->Find("a").ok());
  EXPECT_FALSE(registry_->Find("b").ok());
  EXPECT_TRUE(registry_->Find("c").ok());
  timer_.Advance(absl::Hours(2));
  Attach(Order("s", "s"));
  EXPECT_FALSE(registry_->Find("c").ok());
  EXPECT_TRUE(registry_->Find("r").ok());
}

TEST_F(JobRegistryTest, OfTwoStoredWithOneIdTheSecondIsLeftOut) {
  StoredJob stored;
  stored.download.set_download_id("a");
  stored.download.set_state(v1::Download::STATE_COMPLETED);
  for (const char* destination : {"x", "y"}) {
    ++stored.sequence;
    registry_->Restore(Order("a", destination), stored, absl::OkStatus());
  }
  EXPECT_EQ((*registry_->Find("a"))->destination(), "x");
}

TEST_F(JobRegistryTest, NumbersNewJobsBeyondThoseThatCannotBeRead) {
  registry_->NumberAfter(41);
  EXPECT_EQ(Attach(Order("a", "x"))->sequence(), 42);
}

TEST_F(JobRegistryTest, RestoresWhatAnEarlierProcessLeft) {
  StoredJob running;
  running.sequence = 5;
  running.download.set_download_id("a");
  running.download.set_state(v1::Download::STATE_DOWNLOADING);
  StoredJob done;
  done.sequence = 6;
  done.download.set_download_id("b");
  done.download.set_state(v1::Download::STATE_COMPLETED);
  registry_->Restore(Order("a", "x"), running, absl::OkStatus());
  registry_->Restore(Order("b", "y"), done, absl::OkStatus());
  const auto call = fetcher_.WaitForCall(0);
  ASSERT_NE(call, nullptr);
  EXPECT_EQ(call->request().destination, "x");
  EXPECT_EQ(fetcher_.calls(), 1u);
  EXPECT_TRUE((*registry_->Find("b"))->outcome().ok());
  EXPECT_GT(Attach(Order("c", "z"))->sequence(), 6u);
}

TEST_F(JobRegistryTest, ForgetsWithTimeAlone) {
  const auto job = Attach(Order("a", "x"));
  fetcher_.WaitForCall(0)->Return(fetcher::FetchResult());
  ASSERT_TRUE(WaitForEnd(job));
  timer_.Advance(absl::Hours(24 * 7) - absl::Minutes(2));
  EXPECT_TRUE(registry_->Find("a").ok());
  timer_.Advance(absl::Minutes(3));
  EXPECT_FALSE(registry_->Find("a").ok());
  EXPECT_THAT(store_.removed, ElementsAre(job->sequence()));
}

TEST_F(JobRegistryTest, ClaimsWhatADownloadCanGoOnWith) {
  EXPECT_FALSE(registry_->Claims("x"));
  const auto job = Attach(Order("a", "x"));
  EXPECT_TRUE(registry_->Claims("x"));
  fetcher_.WaitForCall(0)->Return(MakeError(v1::ERROR_REASON_NO_SPACE, "full"));
  ASSERT_TRUE(WaitForEnd(job));
  EXPECT_TRUE(registry_->Claims("x"));
  const auto again = Attach(Order("a", "x"));
  fetcher_.WaitForCall(1)->Return(fetcher::FetchResult());
  ASSERT_TRUE(WaitForEnd(again));
  EXPECT_FALSE(registry_->Claims("x"));
}

class ParkedJobTest : public JobRegistryTest {
 protected:
  ParkedJobTest() {
    StoredJob stored;
    stored.sequence = 5;
    stored.download.set_download_id("a");
    stored.download.set_state(v1::Download::STATE_DOWNLOADING);
    registry_->Restore(
        Order("a", "x"), stored,
        MakeError(v1::ERROR_REASON_CREDENTIALS_NEEDED, "repeat it"));
    parked_ = *registry_->Find("a");
  }
  std::shared_ptr<Job> parked_;
};

TEST_F(ParkedJobTest, ThoseWhoWatchItSeeItGoOnAndEnd) {
  const auto waiter = std::make_shared<EndWaiter>();
  parked_->observers().Add(waiter);
  const auto job = Attach(Order("a", "x"));
  EXPECT_FALSE(parked_->Snapshot().has_error());
  fetcher_.WaitForCall(0)->Return(fetcher::FetchResult());
  ASSERT_TRUE(waiter->Wait());
  EXPECT_EQ(parked_->Snapshot().state(), v1::Download::STATE_COMPLETED);
}

TEST_F(ParkedJobTest, StaysParkedWhenTheStoreDoesNotTakeTheRequest) {
  store_.failure = MakeError(v1::ERROR_REASON_NO_SPACE, "disk is full");
  EXPECT_EQ(ReasonOfAttach(Order("a", "x")), v1::ERROR_REASON_NO_SPACE);
  EXPECT_EQ(parked_->Snapshot().state(), v1::Download::STATE_WAITING);
  EXPECT_EQ(ReasonOf(FromRpcStatus(parked_->Snapshot().error())),
            v1::ERROR_REASON_CREDENTIALS_NEEDED);
  EXPECT_THAT(store_.removed, IsEmpty()) << "it is the job that was there";
  store_.failure = absl::OkStatus();
  Attach(Order("a", "x"));
  fetcher_.WaitForCall(0)->Return(fetcher::FetchResult());
  ASSERT_TRUE(WaitForEnd(parked_));
}

TEST_F(ParkedJobTest, GoesOnWithTheTimeoutOfTheRequestThatCameLast) {
  DownloadOrder order = Order("a", "x");
  order.timeout = absl::Seconds(10);
  Attach(std::move(order));
  ASSERT_NE(fetcher_.WaitForCall(0), nullptr);
  timer_.Advance(absl::Seconds(10));
  ASSERT_TRUE(WaitForEnd(parked_));
  EXPECT_EQ(ReasonOf(parked_->outcome()), v1::ERROR_REASON_DEADLINE_EXCEEDED);
}

TEST_F(ParkedJobTest, WaitsForTheRequestThatBringsCredentials) {
  EXPECT_EQ(parked_->Snapshot().state(), v1::Download::STATE_WAITING);
  EXPECT_EQ(ReasonOf(FromRpcStatus(parked_->Snapshot().error())),
            v1::ERROR_REASON_CREDENTIALS_NEEDED);
  EXPECT_EQ(ReasonOfAttach(Order("b", "x")),
            v1::ERROR_REASON_DOWNLOAD_CONFLICT);
  const auto job = Attach(Order("a", "x"));
  EXPECT_EQ(job, parked_);
  fetcher_.WaitForCall(0)->Return(fetcher::FetchResult());
  ASSERT_TRUE(WaitForEnd(job));
  EXPECT_TRUE(job->outcome().ok());
  EXPECT_THAT(registry_->List(0, 10), ElementsAre(job));
}

TEST_F(ParkedJobTest, CanBeCancelled) {
  ASSERT_TRUE(registry_->Cancel("a", false).ok());
  EXPECT_EQ(parked_->Snapshot().state(), v1::Download::STATE_CANCELLED);
  Attach(Order("b", "x"));
}

TEST_F(ParkedJobTest, IsKeptForTheNextProcess) {
  registry_->Drain();
  EXPECT_TRUE(parked_->interrupted());
}

TEST_F(JobRegistryTest, ARestoredJobThatCannotRunAnyMoreFails) {
  StoredJob stored;
  stored.sequence = 5;
  stored.download.set_download_id("a");
  stored.download.set_state(v1::Download::STATE_DOWNLOADING);
  registry_->Restore(Order("a", "x"), stored,
                     MakeError(v1::ERROR_REASON_INVALID_REQUEST, "gone"));
  const auto job = *registry_->Find("a");
  EXPECT_EQ(job->Snapshot().state(), v1::Download::STATE_FAILED);
  EXPECT_EQ(ReasonOf(job->outcome()), v1::ERROR_REASON_INVALID_REQUEST);
}

TEST_F(JobRegistryTest, ARestoredJobWhoseTimeIsOverFails) {
  StoredJob stored;
  stored.sequence = 5;
  stored.download.set_download_id("a");
  stored.download.set_state(v1::Download::STATE_WAITING);
  stored.download.mutable_create_time()->set_seconds(1);
  DownloadOrder order = Order("a", "x");
  order.timeout = absl::Seconds(10);
  registry_->Restore(std::move(order), stored, absl::OkStatus());
  timer_.Advance(absl::ZeroDuration());
  const auto job = *registry_->Find("a");
  ASSERT_TRUE(WaitForEnd(job));
  EXPECT_EQ(ReasonOf(job->outcome()), v1::ERROR_REASON_DEADLINE_EXCEEDED);
}

TEST_F(JobRegistryTest, WatchersOfAllHearOfNewDownloads) {
  class Recorder : public JobObserver {
   public:
    void OnJobChanged(const std::shared_ptr<Job>& job) override {
      absl::MutexLock lock(&mutex);
      ids.push_back(job->id());
    }
    absl::Mutex mutex;
    std::vector<std::string> ids;
  };
  const auto recorder = std::make_shared<Recorder>();
  registry_->observers().Add(recorder);
  Attach(Order("a", "x"));
  absl::MutexLock lock(&recorder->mutex);
  ASSERT_FALSE(recorder->ids.empty());
  EXPECT_EQ(recorder->ids[0], "a");
}

}  // namespace
}  // namespace localstore::server
