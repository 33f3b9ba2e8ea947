#include "server/jobs/logged_fetcher.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "server/jobs/fake_image_fetcher.h"
#include "server/jobs/job.h"
#include "server/logging/captured_log.h"
#include "server/logging/log_context.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(LoggedFetcherTest, TellsOfEachAttempt) {
  auto inner = std::make_unique<FakeImageFetcher>();
  FakeImageFetcher& fake = *inner;
  LoggedFetcher fetcher(std::move(inner));
  FakeTimer timer;
  const auto job = std::make_shared<Job>(DownloadOrder(), 1, &timer);
  const CapturedLog log;
  std::thread player([&fake] {
    const auto call = fake.WaitForCall(0);
    fetcher::FetchObserver& observer = call->observer();
    fetcher::ImageSource source;
    source.url = "http://store.local/image?token=secret";
    source.datastore = "lab";
    fetcher::Endpoint endpoint;
    endpoint.bridge = "bn1";
    endpoint.address = "10.1.0.5";
    const absl::Status stalled =
        MakeError(v1::ERROR_REASON_STALLED, "no byte for 30 s");
    observer.OnAttempt(1, source);
    observer.OnConnecting(endpoint, "http://10.1.0.5/image?token=secret");
    observer.OnTransferring(1000, 100, "");
    observer.OnTransferring(1000, 500, "");
    observer.OnAttemptFailed(stalled);
    observer.OnWaiting(stalled, absl::Seconds(2));
    call->Return(stalled);
  });
  {
    const LogContext context({{"download_id", "d-1"}, {"request_id", "r-1"}});
    EXPECT_FALSE(fetcher.Fetch({}, *job, job->cancellation()).ok());
  }
  player.join();
  const auto events = log.Events();
  ASSERT_THAT(events, SizeIs(4));
  EXPECT_THAT(
      events,
      Each(AllOf(HasSubstr("download_id=d-1"), HasSubstr("request_id=r-1"),
                 HasSubstr("host=store.local"), HasSubstr("datastore=lab"),
                 HasSubstr("attempt=1"), Not(HasSubstr("secret")))));
  EXPECT_THAT(events[0], StartsWith("debug connecting "));
  EXPECT_THAT(events[1],
              AllOf(StartsWith("info transfer began total_bytes=1000 "
                               "resumed_bytes=100 "),
                    HasSubstr("bridge=bn1 peer=10.1.0.5")));
  EXPECT_THAT(events[2],
              AllOf(StartsWith("warning attempt failed reason=STALLED "),
                    HasSubstr("error=\"no byte for 30 s\""),
                    HasSubstr("bridge=bn1 peer=10.1.0.5")));
  EXPECT_THAT(events[3],
              StartsWith("info waiting for the next attempt delay=2s "));
}

}  // namespace
}  // namespace localstore::server
