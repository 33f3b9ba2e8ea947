#include "server/jobs/supervised_fetcher.h"

#include <memory>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "server/jobs/fake_image_fetcher.h"
#include "server/jobs/job.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

// One that does not heed that it was cancelled.
class DeafFetcher : public FakeImageFetcher {
 public:
  absl::StatusOr<fetcher::FetchResult> Fetch(
      const fetcher::FetchRequest& request, fetcher::FetchObserver& observer,
      fetcher::Cancellation&) override {
    fetcher::Cancellation never;
    return FakeImageFetcher::Fetch(request, observer, never);
  }
};

TEST(SupervisedFetcherTest, NoticesAFetchThatDoesNotEnd) {
  FakeTimer timer;
  auto inner = std::make_unique<DeafFetcher>();
  DeafFetcher& deaf = *inner;
  SupervisedFetcher fetcher(std::move(inner), &timer);
  const auto job = std::make_shared<Job>(DownloadOrder(), 1, &timer);
  std::thread thread(
      [&] { EXPECT_FALSE(fetcher.Fetch({}, *job, job->cancellation()).ok()); });
  const auto call = deaf.WaitForCall(0);
  timer.Advance(2 * SupervisedFetcher::kPatience);
  EXPECT_FALSE(fetcher.Hangs()) << "nobody told it to stop";
  job->cancellation().Request(MakeError(v1::ERROR_REASON_CANCELLED, "stop"));
  EXPECT_FALSE(fetcher.Hangs());
  timer.Advance(SupervisedFetcher::kPatience + absl::Seconds(1));
  EXPECT_TRUE(fetcher.Hangs());
  call->Return(MakeError(v1::ERROR_REASON_CANCELLED, "at last"));
  thread.join();
  EXPECT_FALSE(fetcher.Hangs());
}

}  // namespace
}  // namespace localstore::server
