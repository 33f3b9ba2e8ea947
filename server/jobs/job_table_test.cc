#include "server/jobs/job_table.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Beyond what a string holds within itself.
const char* const kDigest =
    "3b7e4e2d3b7e4e2d3b7e4e2d3b7e4e2d3b7e4e2d3b7e4e2d3b7e4e2d3b7e4e2d";

class JobTableTest : public ::testing::Test {
 protected:
  std::shared_ptr<Job> Completed(uint64_t sequence,
                                 const std::string& destination) {
    DownloadOrder order;
    order.request.set_download_id(
        absl::StrCat("a download with a long name, number ", sequence));
    order.fetch.destination = destination;
    order.fetch.sha256 = kDigest;
    v1::Download last;
    last.set_state(v1::Download::STATE_COMPLETED);
    last.mutable_end_time()->set_seconds(static_cast<int64_t>(sequence));
    return std::make_shared<Job>(std::move(order), sequence, std::move(last),
                                 &timer_);
  }

  FakeTimer timer_;
  JobTable table_;
};

// Those that stay are found by their own names, not by those of jobs that went.
TEST_F(JobTableTest, FindsThoseThatStayWhicheverGoes) {
  for (uint64_t gone = 1; gone <= 3; ++gone) {
    JobTable table;
    std::shared_ptr<Job> jobs[4];
    for (uint64_t i = 1; i <= 3; ++i) {
      jobs[i] = Completed(i, "images/of a folder with a long name/image");
      table.Insert(jobs[i]);
      table.NoteEnd(jobs[i]);
    }
    const std::string id = jobs[gone]->id();
    table.Erase(*jobs[gone]);
    jobs[gone] = nullptr;
    EXPECT_EQ(table.Find(id), nullptr);
    const auto other = Completed(9, "elsewhere");
    EXPECT_EQ(table.CopiesFor(*other).size(), 2u);
    const auto last = table.CopiesFor(*other).front();
    EXPECT_EQ(last, jobs[gone == 3 ? 2 : 3]);
    EXPECT_EQ(table.Find(last->id())->job, last);
    EXPECT_TRUE(table.FilesOf(*last).image);
    EXPECT_FALSE(table.FilesOf(*jobs[gone == 1 ? 2 : 1]).image);
    EXPECT_EQ(table.List(0, 10).size(), 2u);
    EXPECT_EQ(table.Outdated(1, absl::InfinitePast()).size(), 1u);
    for (const auto& job : table.List(0, 10)) table.Erase(*job);
    EXPECT_THAT(table.List(0, 10), IsEmpty());
    EXPECT_THAT(table.CopiesFor(*other), IsEmpty());
    EXPECT_THAT(table.Outdated(0, absl::InfiniteFuture()), IsEmpty());
  }
}

TEST_F(JobTableTest, KnowsThousandsWhileTheyComeAndGo) {
  constexpr uint64_t kJobs = 3000;
  for (uint64_t i = 1; i <= kJobs; ++i) {
    table_.Insert(Completed(i, absl::StrCat("image ", i % 100)));
    if (i > 500) table_.Erase(*table_.List(0, 1).front());
  }
  EXPECT_EQ(table_.List(0, 10'000).size(), 500u);
  EXPECT_EQ(table_.List(0, 1).front()->sequence(), kJobs - 499);
  EXPECT_THAT(table_.List(kJobs - 1, 10),
              ElementsAre(table_.List(0, 10'000).back()));
  EXPECT_EQ(table_.CopiesFor(*Completed(kJobs + 1, "elsewhere")).size(), 500u);
  for (const auto& job : table_.List(0, 10'000)) {
    EXPECT_EQ(table_.Find(job->id())->job, job);
    EXPECT_EQ(table_.FilesOf(*job).image, job->sequence() > kJobs - 100);
  }
}

}  // namespace
}  // namespace localstore::server
