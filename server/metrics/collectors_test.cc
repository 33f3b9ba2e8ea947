// What each collector tells.
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"
#include "protos/errors/error.h"
#include "server/endpoints/fake_host_resolver.h"
#include "server/jobs/fake_image_fetcher.h"
#include "server/metrics/download_metrics.h"
#include "server/metrics/gauges.h"
#include "server/metrics/latency_histogram.h"
#include "server/metrics/measured_fetcher.h"
#include "server/metrics/measured_resolver.h"
#include "server/metrics/process_collector.h"
#include "server/metrics/resolver_collector.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Text(const prometheus::Collectable& collectable) {
  return prometheus::TextSerializer().Serialize(collectable.Collect());
}

TEST(LatencyHistogramTest, CountsIntoBuckets) {
  LatencyHistogram histogram;
  histogram.Observe(absl::Microseconds(50));
  histogram.Observe(absl::Milliseconds(100));
  histogram.Observe(absl::Hours(1));
  auto family = MakeFamily("localstore_resolve_seconds");
  histogram.AddTo({"network"}, family);
  const std::string text = prometheus::TextSerializer().Serialize({family});
  EXPECT_THAT(text, HasSubstr("_bucket{outcome=\"network\",le=\"0.0001\"} 1"));
  EXPECT_THAT(text, HasSubstr("_bucket{outcome=\"network\",le=\"0.05\"} 1"));
  EXPECT_THAT(text, HasSubstr("_bucket{outcome=\"network\",le=\"0.1\"} 2"));
  EXPECT_THAT(text, HasSubstr("_bucket{outcome=\"network\",le=\"300\"} 2"));
  EXPECT_THAT(text, HasSubstr("_bucket{outcome=\"network\",le=\"+Inf\"} 3"));
  EXPECT_THAT(text, HasSubstr("_count{outcome=\"network\"} 3"));
}

TEST(MeasuredResolverTest, TimesAnswersByOutcome) {
  auto inner = std::make_unique<FakeHostResolver>();
  FakeHostResolver& fake = *inner;
  const auto metrics = std::make_shared<ResolveMetrics>();
  MeasuredResolver resolver(std::move(inner), metrics);
  int answers = 0;
  const auto ask = [&](absl::StatusOr<resolver::Resolution> answer) {
    fake.AnswerWith(std::move(answer));
    resolver.Resolve("a.local", {}, [&answers](const auto&) { ++answers; });
  };
  resolver::Resolution found;
  ask(found);
  found.from_cache = true;
  ask(found);
  ask(found);
  ask(MakeError(v1::ERROR_REASON_HOST_NOT_FOUND, "nobody"));
  ask(MakeError(v1::ERROR_REASON_INTERNAL, "odd"));
  EXPECT_EQ(answers, 5);
  resolver::KnownAnswer known;
  known.resolution = std::make_shared<const resolver::Resolution>(found);
  fake.SetKnown("known.local", known);
  EXPECT_EQ(resolver.Known("known.local", {}).resolution, known.resolution);
  EXPECT_EQ(resolver.Known("other.local", {}).resolution, nullptr);
  const std::string text = Text(*metrics);
  EXPECT_THAT(text, HasSubstr("seconds_count{outcome=\"network\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("seconds_count{outcome=\"cache\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("seconds_count{outcome=\"host_not_found\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("seconds_count{outcome=\"other\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("seconds_count{outcome=\"no_bridge\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("a.local")));
}

TEST(ResolverCollectorTest, ABridgeThatVanishesHasNoSamples) {
  FakeHostResolver resolver;
  const ResolverCollector collector(&resolver);
  resolver::ResolverStatistics statistics;
  statistics.bridges.resize(1);
  statistics.bridges[0].bridge = "bn1";
  statistics.bridges[0].packets_received = 7;
  statistics.bridges[0].rejected[resolver::Rejection::kMalformed] = 2;
  resolver.SetStatistics(statistics);
  const std::string text = Text(collector);
  EXPECT_THAT(
      text,
      HasSubstr("localstore_mdns_packets_received_total{bridge=\"bn1\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("localstore_mdns_responses_rejected_total{bridge="
                              "\"bn1\",reason=\"malformed\"} 2\n"));
  resolver.SetStatistics({});
  EXPECT_EQ(Text(collector), "");
}

class MeasuredFetcherTest : public ::testing::Test {
 protected:
  MeasuredFetcherTest() {
    auto inner = std::make_unique<FakeImageFetcher>();
    fake_ = inner.get();
    fetcher_ = std::make_unique<MeasuredFetcher>(std::move(inner), metrics_);
    DownloadOrder order;
    order.request.set_download_id("a");
    job_ = std::make_shared<Job>(order, 1, &timer_);
  }

  // Lets `script` play the fetcher.
  absl::StatusOr<fetcher::FetchResult> Fetch(
      const std::function<void(fetcher::FetchObserver&)>& script,
      absl::StatusOr<fetcher::FetchResult> result) {
    std::thread player([&, number = fake_->calls()] {
      const auto call = fake_->WaitForCall(number);
      script(call->observer());
      call->Return(std::move(result));
    });
    auto outcome = fetcher_->Fetch({}, *job_, job_->cancellation());
    player.join();
    return outcome;
  }

  FakeTimer timer_;
  FakeImageFetcher* fake_;
  const std::shared_ptr<DownloadMetrics> metrics_ =
      std::make_shared<DownloadMetrics>();
  std::unique_ptr<MeasuredFetcher> fetcher_;
  std::shared_ptr<Job> job_;
};

TEST_F(MeasuredFetcherTest, CountsBytesRetriesAndWhatWasSpared) {
  fetcher::FetchResult done;
  done.size_bytes = 1000;
  const absl::Status stalled = MakeError(v1::ERROR_REASON_STALLED, "s");
  const auto script = [&](fetcher::FetchObserver& observer) {
    observer.OnAttempt(1, {});
    observer.OnTransferring(1000, 0, "");
    observer.OnProgress(300);
    observer.OnAttemptFailed(stalled);
    observer.OnWaiting(stalled, absl::Seconds(1));
    observer.OnAttempt(2, {});
    observer.OnTransferring(1000, 250, "");
    observer.OnProgress(600);
    observer.OnTransferring(1000, 600, "");  // the next range
    observer.OnProgress(1000);
  };
  ASSERT_TRUE(Fetch(script, done).ok());
  const std::string text = Text(*metrics_);
  EXPECT_THAT(text, HasSubstr("localstore_download_bytes_total 1050\n"));
  EXPECT_THAT(text, HasSubstr("localstore_download_reused_bytes_total 250\n"));
  EXPECT_THAT(
      text,
      HasSubstr("localstore_download_retries_total{cause=\"STALLED\"} 1\n"));
  EXPECT_EQ(job_->Snapshot().received_bytes(), 1000);
}

TEST_F(MeasuredFetcherTest, CountsDigestMismatchesOfEveryAttempt) {
  const absl::Status mismatch =
      MakeError(v1::ERROR_REASON_DIGEST_MISMATCH, "other bytes");
  ASSERT_FALSE(Fetch(
                   [&](fetcher::FetchObserver& observer) {
                     observer.OnTrouble(mismatch);
                     observer.OnAttempt(1, {});
                     observer.OnAttemptFailed(mismatch);
                     observer.OnAttempt(2, {});
                     observer.OnAttemptFailed(mismatch);
                   },
                   mismatch)
                   .ok());
  EXPECT_THAT(Text(*metrics_),
              AllOf(HasSubstr("localstore_digest_mismatches_total 3\n"),
                    HasSubstr("localstore_download_retries_total{cause="
                              "\"DIGEST_MISMATCH\"} 1\n")));
}

TEST_F(MeasuredFetcherTest, AnImageThatWasThereIsSparedWhole) {
  fetcher::FetchResult there;
  there.size_bytes = 77;
  there.transferred = false;
  ASSERT_TRUE(Fetch([](fetcher::FetchObserver&) {}, there).ok());
  EXPECT_THAT(Text(*metrics_),
              HasSubstr("localstore_download_reused_bytes_total 77\n"));
}

TEST_F(MeasuredFetcherTest, CountsEachEndOnce) {
  job_->observers().Add(metrics_);
  job_->Begin();
  job_->End(MakeError(v1::ERROR_REASON_NO_SPACE, "full"));
  metrics_->OnJobChanged(job_);  // the late news of an earlier change
  EXPECT_THAT(Text(*metrics_),
              HasSubstr("localstore_downloads_ended_total{outcome=\"failed\","
                        "reason=\"NO_SPACE\"} 1\n"));
  const auto other = std::make_shared<Job>(DownloadOrder(), 2, &timer_);
  other->observers().Add(metrics_);
  other->End(MakeError(v1::ERROR_REASON_CANCELLED, "by a caller"));
  const auto third = std::make_shared<Job>(DownloadOrder(), 3, &timer_);
  third->observers().Add(metrics_);
  third->End(MakeError(v1::ERROR_REASON_SHUTTING_DOWN, "goes on later"));
  const std::string text = Text(*metrics_);
  EXPECT_THAT(text, HasSubstr("{outcome=\"cancelled\",reason=\"\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("SHUTTING_DOWN")));
}

TEST(ProcessCollectorTest, KnowsThisProcess) {
  const std::string text = Text(ProcessCollector("1.2.3"));
  EXPECT_THAT(text, HasSubstr("localstore_build_info{version=\"1.2.3\"} 1\n"));
  for (const auto& family : ProcessCollector("1").Collect()) {
    EXPECT_GT(family.metric[0].gauge.value + family.metric[0].counter.value,
              family.name == "process_cpu_seconds_total" ? -1 : 0)
        << family.name;
  }
}

TEST(ProcessCollectorTest, CountsOpenDescriptors) {
  const auto open = [] {
    for (const auto& family : ProcessCollector("1").Collect()) {
      if (family.name == "process_open_fds") {
        return family.metric[0].gauge.value;
      }
    }
    return -1.0;
  };
  const double before = open();
  const int more = dup(0);
  EXPECT_EQ(open(), before + 1);
  close(more);
}

TEST(GaugesTest, LeaveOutWhatCannotBeTold) {
  const Gauges gauges(
      {{"localstore_serving", {}, [] { return 1.0; }},
       {"localstore_downloads_active", {}, []() -> absl::optional<double> {
          return absl::nullopt;
        }}});
  const std::string text = Text(gauges);
  EXPECT_THAT(text, HasSubstr("localstore_serving 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("downloads_active")));
}

TEST(GaugesTest, KnowTheDisk) {
  const std::string text = Text(Gauges(DiskMetrics("/")));
  EXPECT_THAT(text, HasSubstr("\nlocalstore_download_dir_size_bytes "));
  EXPECT_EQ(Text(Gauges(DiskMetrics("/nowhere"))), "");
}

}  // namespace
}  // namespace localstore::server
