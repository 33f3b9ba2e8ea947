#include "server/images/orphan_collector.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "fetcher/endpoint_source.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/images/unfinished_files.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class NoEndpoints : public fetcher::EndpointSource {
 public:
  absl::StatusOr<std::vector<fetcher::Endpoint>> Find(
      const Query&, fetcher::Cancellation&) override {
    return absl::NotFoundError("none");
  }
  std::unique_ptr<Subscription> WatchChanges(std::function<void()>) override {
    return nullptr;
  }
};

class OrphanTest : public ::testing::Test {
 protected:
  OrphanTest() {
    char name[] = "/tmp/localstore_orphans_XXXXXX";
    root_ = mkdtemp(name);
  }
  ~OrphanTest() override { std::filesystem::remove_all(root_); }

  std::string Path(const std::string& name) const { return root_ + "/" + name; }

  // A file that has not changed for two days.
  void WriteOld(const std::string& name) const {
    std::filesystem::create_directories(
        std::filesystem::path(Path(name)).parent_path());
    std::ofstream(Path(name)) << "bytes";
    std::filesystem::last_write_time(
        Path(name),
        std::filesystem::file_time_type::clock::now() - std::chrono::hours(48));
  }
  bool Exists(const std::string& name) const {
    return std::filesystem::exists(std::filesystem::symlink_status(Path(name)));
  }

  std::vector<std::string> Find(size_t max_names = 1000) const {
    return FindUnfinishedFiles(root_, absl::Now() - absl::Hours(24), max_names)
        ->destinations;
  }

  std::string root_;
};

TEST_F(OrphanTest, FindsWhatIsOldAndUnfinishedEverywhere) {
  WriteOld("a.part");
  WriteOld("a.part.resume");
  WriteOld("b.part.resume");
  WriteOld("c.part.resume.new");
  WriteOld("deep/er/d.part");
  WriteOld("image");
  WriteOld("part");
  WriteOld("image.party");
  EXPECT_THAT(Find(), UnorderedElementsAre("a", "b", "c", "deep/er/d"));
}

TEST_F(OrphanTest, LeavesOutWhatHasChangedLately) {
  WriteOld("a.part");
  std::ofstream(Path("a.part.resume")) << "new";
  std::ofstream(Path("b.part")) << "new";
  EXPECT_THAT(Find(), IsEmpty());
}

TEST_F(OrphanTest, LeavesOutWhatIsNoPlainFile) {
  WriteOld("a.part.resume");
  WriteOld("outside/x.part");
  std::filesystem::create_symlink(Path("outside/x.part"), Path("a.part"));
  std::filesystem::create_directory(Path("b.part"));
  std::filesystem::create_directory_symlink(Path("outside"), Path("linked"));
  EXPECT_THAT(Find(), ElementsAre("outside/x"));
}

TEST_F(OrphanTest, LeavesOutWhatAnotherProcessUses) {
  WriteOld("a.part");
  const int file = open(Path("a.part").c_str(), O_RDWR);
  ASSERT_EQ(flock(file, LOCK_EX), 0);
  EXPECT_THAT(Find(), IsEmpty());
  close(file);
  EXPECT_THAT(Find(), ElementsAre("a"));
}

TEST_F(OrphanTest, LooksAtSoManyNamesOnly) {
  for (const char* name : {"a.part", "b.part", "c.part"}) WriteOld(name);
  const auto found =
      FindUnfinishedFiles(root_, absl::Now() - absl::Hours(24), 2);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_LE(found->destinations.size(), 2u);
  EXPECT_FALSE(found->complete);
  EXPECT_FALSE(FindUnfinishedFiles(Path("none"), absl::Now(), 2).ok());
}

class OrphanCollectorTest : public OrphanTest {
 protected:
  OrphanCollectorTest() {
    fetcher::ImageFetcher::Options options;
    options.download_directory = root_;
    fetcher_ = *fetcher::ImageFetcher::Create(options, &endpoints_);
  }

  void Start(absl::Duration max_age) {
    OrphanCollector::Parts parts;
    parts.download_directory = root_;
    parts.fetcher = fetcher_.get();
    parts.is_claimed = [this](const std::string& destination) {
      absl::MutexLock lock(&mutex_);
      asked_.insert(destination);
      return claimed_.count(destination) > 0;
    };
    collector_ = std::make_unique<OrphanCollector>(parts, max_age);
  }

  // Each of them has been looked at, and dealt with.
  void AwaitAsked(size_t count) {
    {
      const auto done = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return asked_.size() >= count;
      };
      absl::MutexLock lock(&mutex_);
      ASSERT_TRUE(
          mutex_.AwaitWithTimeout(absl::Condition(&done), absl::Seconds(30)));
    }
    collector_ = nullptr;
  }

  NoEndpoints endpoints_;
  std::unique_ptr<fetcher::ImageFetcher> fetcher_;
  absl::Mutex mutex_;
  std::set<std::string> claimed_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> asked_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<OrphanCollector> collector_;
};

TEST_F(OrphanCollectorTest, DeletesAtTheStartWhatNobodyClaims) {
  WriteOld("a.part");
  WriteOld("a.part.resume");
  WriteOld("a");
  Start(absl::Hours(24));
  AwaitAsked(1);
  EXPECT_FALSE(Exists("a.part"));
  EXPECT_FALSE(Exists("a.part.resume"));
  EXPECT_TRUE(Exists("a"));
}

TEST_F(OrphanCollectorTest, LeavesWhatIsClaimed) {
  {
    absl::MutexLock lock(&mutex_);
    claimed_.insert("b");
  }
  WriteOld("b.part");
  Start(absl::Hours(24));
  AwaitAsked(1);
  EXPECT_TRUE(Exists("b.part"));
}

TEST_F(OrphanCollectorTest, DeletesNothingUntilItIsTold) {
  WriteOld("a.part");
  Start(absl::ZeroDuration());
  collector_->SetMaxAge(absl::Hours(72));
  collector_->SetMaxAge(absl::Hours(24));
  AwaitAsked(1);
  EXPECT_FALSE(Exists("a.part"));
}

}  // namespace
}  // namespace localstore::server
