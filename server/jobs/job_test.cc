#include "server/jobs/job.h"

#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using State = v1::Download::State;

DownloadOrder Order() {
  DownloadOrder order;
  order.request.set_download_id("a");
  fetcher::ImageSource source;
  source.datastore = "lab";
  source.url = "http://store.local/image.qcow2";
  order.fetch.sources.push_back(source);
  order.fetch.destination = "image.qcow2";
  return order;
}

fetcher::Endpoint SomeEndpoint() {
  fetcher::Endpoint endpoint;
  endpoint.address = "10.1.0.5";
  endpoint.bridge = "bn1";
  endpoint.source_address = "10.1.0.1";
  return endpoint;
}

class StateRecorder : public JobObserver {
 public:
  void OnJobChanged(const std::shared_ptr<Job>& job) override {
    states.push_back(job->Snapshot().state());
  }
  std::vector<State> states;
};

class JobTest : public ::testing::Test {
 protected:
  FakeTimer timer_;
  std::shared_ptr<Job> job_ = std::make_shared<Job>(Order(), 7, &timer_);
};

TEST_F(JobTest, BeginsQueued) {
  const v1::Download snapshot = job_->Snapshot();
  EXPECT_EQ(snapshot.state(), v1::Download::STATE_QUEUED);
  EXPECT_EQ(snapshot.download_id(), "a");
  EXPECT_EQ(snapshot.url(), "http://store.local/image.qcow2");
  EXPECT_EQ(snapshot.datastore(), "lab");
  EXPECT_EQ(snapshot.destination(), "image.qcow2");
  EXPECT_TRUE(snapshot.has_create_time());
  EXPECT_FALSE(snapshot.has_start_time());
  EXPECT_FALSE(job_->ended());
}

TEST_F(JobTest, TellsObserversOfStatesButNotOfProgress) {
  const auto recorder = std::make_shared<StateRecorder>();
  job_->observers().Add(recorder);
  job_->Begin();
  job_->OnAttempt(1, job_->order()->fetch.sources[0]);
  job_->OnResolving();
  job_->OnConnecting(SomeEndpoint(), "http://10.1.0.5/image.qcow2");
  job_->OnTransferring(1000, 0, "application/octet-stream");
  job_->OnProgress(500);
  job_->OnProgress(1000);
  job_->OnVerifying();
  job_->End(fetcher::FetchResult{"abc", 1000, true});
  EXPECT_THAT(recorder->states, ElementsAre(v1::Download::STATE_RESOLVING,
                                            v1::Download::STATE_RESOLVING,
                                            v1::Download::STATE_RESOLVING,
                                            v1::Download::STATE_DOWNLOADING,
                                            v1::Download::STATE_VERIFYING,
                                            v1::Download::STATE_COMPLETED));
}

TEST_F(JobTest, SnapshotHasRateAndTimeLeftWhileDownloading) {
  job_->Begin();
  job_->OnAttempt(1, job_->order()->fetch.sources[0]);
  job_->OnConnecting(SomeEndpoint(), "http://10.1.0.5/image.qcow2");
  job_->OnTransferring(10'000, 1000, "x/y");
  timer_.Advance(absl::Seconds(1));
  job_->OnProgress(4000);
  const v1::Download snapshot = job_->Snapshot();
  EXPECT_EQ(snapshot.state(), v1::Download::STATE_DOWNLOADING);
  EXPECT_EQ(snapshot.effective_url(), "http://10.1.0.5/image.qcow2");
  EXPECT_EQ(snapshot.endpoint().bridge(), "bn1");
  EXPECT_EQ(snapshot.received_bytes(), 4000);
  EXPECT_EQ(snapshot.resumed_bytes(), 1000);
  EXPECT_EQ(snapshot.total_bytes(), 10'000);
  EXPECT_EQ(snapshot.content_type(), "x/y");
  EXPECT_NEAR(snapshot.bytes_per_second(), 3000, 1);
  EXPECT_EQ(snapshot.eta().seconds(), 2);
}

TEST_F(JobTest, WaitingShowsTheErrorAndTheNextAttempt) {
  job_->Begin();
  job_->OnAttempt(1, job_->order()->fetch.sources[0]);
  job_->OnWaiting(MakeError(v1::ERROR_REASON_STALLED, "stalled"),
                  absl::Seconds(2));
  v1::Download snapshot = job_->Snapshot();
  EXPECT_EQ(snapshot.state(), v1::Download::STATE_WAITING);
  EXPECT_EQ(ReasonOf(FromRpcStatus(snapshot.error())),
            v1::ERROR_REASON_STALLED);
  EXPECT_TRUE(snapshot.has_next_attempt_time());
  job_->OnAttempt(2, job_->order()->fetch.sources[0]);
  snapshot = job_->Snapshot();
  EXPECT_EQ(snapshot.attempt(), 2);
  EXPECT_FALSE(snapshot.has_next_attempt_time());
  EXPECT_TRUE(snapshot.has_error());  // of the last attempt
}

TEST_F(JobTest, CompletedHasTheDigestAndNoError) {
  job_->Begin();
  job_->OnWaiting(MakeError(v1::ERROR_REASON_STALLED, "stalled"),
                  absl::Seconds(2));
  job_->End(fetcher::FetchResult{"abc", 1000, true});
  const v1::Download snapshot = job_->Snapshot();
  EXPECT_EQ(snapshot.state(), v1::Download::STATE_COMPLETED);
  EXPECT_EQ(snapshot.sha256(), "abc");
  EXPECT_EQ(snapshot.received_bytes(), 1000);
  EXPECT_EQ(snapshot.total_bytes(), 1000);
  EXPECT_FALSE(snapshot.has_error());
  EXPECT_TRUE(snapshot.has_end_time());
  EXPECT_TRUE(job_->outcome().ok());
}

TEST_F(JobTest, AMismatchShowsTheDigestThatWasComputed) {
  job_->End(MakeError(v1::ERROR_REASON_DIGEST_MISMATCH, "no",
                      {{"expected", "aa"}, {"actual", "bb"}}));
  EXPECT_EQ(job_->Snapshot().state(), v1::Download::STATE_FAILED);
  EXPECT_EQ(job_->Snapshot().sha256(), "bb");
}

TEST_F(JobTest, TheFirstEndCounts) {
  job_->End(MakeError(v1::ERROR_REASON_CANCELLED, "cancelled"));
  job_->End(fetcher::FetchResult{"abc", 1000, true});
  EXPECT_EQ(job_->Snapshot().state(), v1::Download::STATE_CANCELLED);
  EXPECT_EQ(job_->outcome().code(), absl::StatusCode::kCancelled);
}

TEST_F(JobTest, TheServersEndOnlyInterrupts) {
  job_->Begin();
  job_->End(MakeError(v1::ERROR_REASON_SHUTTING_DOWN, "bye"));
  EXPECT_FALSE(job_->ended());
  EXPECT_TRUE(job_->interrupted());
  EXPECT_EQ(job_->Snapshot().state(), v1::Download::STATE_WAITING);
  EXPECT_EQ(job_->outcome().code(), absl::StatusCode::kUnavailable);
}

TEST_F(JobTest, IsAbandonedOnlyWhenEachStreamAskedForThat) {
  job_->AddStream(v1::DISCONNECT_POLICY_CANCEL);
  job_->AddStream(v1::DISCONNECT_POLICY_CANCEL);
  EXPECT_FALSE(job_->RemoveStreamAndTestAbandoned());
  EXPECT_TRUE(job_->RemoveStreamAndTestAbandoned());

  job_->AddStream(v1::DISCONNECT_POLICY_CANCEL);
  job_->AddStream(v1::DISCONNECT_POLICY_UNSPECIFIED);
  EXPECT_FALSE(job_->RemoveStreamAndTestAbandoned());
  EXPECT_FALSE(job_->RemoveStreamAndTestAbandoned());
}

TEST_F(JobTest, AJobOfAnEarlierProcessGoesOnWithItsCounts) {
  job_->Begin();
  job_->OnAttempt(3, job_->order()->fetch.sources[0]);
  job_->OnTransferring(1000, 0, "");
  job_->OnProgress(300);
  const auto again =
      std::make_shared<Job>(Order(), 7, job_->Snapshot(), &timer_);
  EXPECT_EQ(again->Snapshot().state(), v1::Download::STATE_QUEUED);
  EXPECT_EQ(again->Snapshot().received_bytes(), 300);
  again->OnAttempt(1, again->order()->fetch.sources[0]);
  EXPECT_EQ(again->Snapshot().attempt(), 4);
}

TEST_F(JobTest, AJobThatEndedEarlierStaysEnded) {
  job_->End(MakeError(v1::ERROR_REASON_NO_SPACE, "full"));
  const auto again =
      std::make_shared<Job>(Order(), 7, job_->Snapshot(), &timer_);
  EXPECT_TRUE(again->ended());
  EXPECT_EQ(ReasonOf(again->outcome()), v1::ERROR_REASON_NO_SPACE);
}

}  // namespace
}  // namespace localstore::server
