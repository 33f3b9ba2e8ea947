#include "server/store/sqlite_job_store.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "server/store/job_schema.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

absl::StatusOr<std::vector<StoredJob>> All(JobStore& store) {
  std::vector<StoredJob> jobs;
  const absl::StatusOr<uint64_t> last =
      store.Load([&](StoredJob job) { jobs.push_back(std::move(job)); });
  if (!last.ok()) return last.status();
  std::sort(jobs.begin(), jobs.end(), [](const auto& a, const auto& b) {
    return a.sequence < b.sequence;
  });
  return jobs;
}

std::vector<uint64_t> Sequences(const std::vector<StoredJob>& jobs) {
  std::vector<uint64_t> sequences;
  sequences.reserve(jobs.size());
  for (const StoredJob& job : jobs) sequences.push_back(job.sequence);
  return sequences;
}

std::vector<uint64_t> UpTo(int last) {
  std::vector<uint64_t> numbers(static_cast<size_t>(last));
  std::iota(numbers.begin(), numbers.end(), 1);
  return numbers;
}

std::string EverythingIn(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

StoredJob Job(const std::string& id, uint64_t sequence) {
  StoredJob job;
  job.sequence = sequence;
  job.request.set_download_id(id);
  job.request.set_image("disk");
  v1::Datastore* datastore = job.request.add_datastores();
  datastore->set_fqdn("https://store.local");
  datastore->mutable_credentials()->set_scheme("Bearer");
  datastore->mutable_credentials()->set_value("s3cret");
  job.download.set_download_id(id);
  job.download.set_state(v1::Download::STATE_QUEUED);
  job.client = "uid:1000";
  return job;
}

struct DiskState {
  absl::Mutex mutex;
  int code ABSL_GUARDED_BY(mutex) = SQLITE_OK;
  bool hangs ABSL_GUARDED_BY(mutex) = false;
  bool somebody_waits ABSL_GUARDED_BY(mutex) = false;
  bool synced ABSL_GUARDED_BY(mutex) = false;

  bool GoesOn() const ABSL_SHARED_LOCKS_REQUIRED(mutex) { return !hangs; }
};

// While it is there, databases are opened on a disk that can be told what to do
// when it is to be synchronised.
class UnwellDisk {
 public:
  UnwellDisk() {
    well_ = sqlite3_vfs_find(nullptr);
    vfs_ = *well_;
    vfs_.zName = "unwell";
    vfs_.xOpen = Open;
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~UnwellDisk() {
    GoOn();
    sqlite3_vfs_register(well_, 1);
    sqlite3_vfs_unregister(&vfs_);
  }
  UnwellDisk(const UnwellDisk&) = delete;
  UnwellDisk& operator=(const UnwellDisk&) = delete;

  // SQLITE_OK: it does not fail.
  static void Fail(int code) {
    DiskState& state = State();
    absl::MutexLock lock(&state.mutex);
    state.code = code;
  }
  static void Hang() {
    DiskState& state = State();
    absl::MutexLock lock(&state.mutex);
    state.hangs = true;
  }
  static void WaitUntilItHangs() {
    DiskState& state = State();
    absl::MutexLock lock(&state.mutex);
    state.mutex.Await(absl::Condition(&state.somebody_waits));
  }
  static void GoOn() {
    DiskState& state = State();
    absl::MutexLock lock(&state.mutex);
    state.hangs = false;
  }
  static void ForgetSyncs() {
    DiskState& state = State();
    absl::MutexLock lock(&state.mutex);
    state.synced = false;
  }
  static void WaitForSync() {
    DiskState& state = State();
    absl::MutexLock lock(&state.mutex);
    state.mutex.Await(absl::Condition(&state.synced));
  }

 private:
  static DiskState& State() {
    static auto* const state = new DiskState;
    return *state;
  }

  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file,
                  int flags, int* flags_out) {
    const int result = well_->xOpen(vfs, name, file, flags, flags_out);
    if (result == SQLITE_OK && file->pMethods != nullptr) {
      // The database's file has others than those beside it, as it is locked.
      well_sync_ = file->pMethods->xSync;
      sqlite3_io_methods& methods = methods_[file->pMethods];
      methods = *file->pMethods;
      methods.xSync = Sync;
      file->pMethods = &methods;
    }
    return result;
  }

  static int Sync(sqlite3_file* file, int flags) {
    DiskState& state = State();
    absl::MutexLock lock(&state.mutex);
    state.somebody_waits = state.hangs;
    state.mutex.Await(absl::Condition(&state, &DiskState::GoesOn));
    state.synced = state.code == SQLITE_OK;
    return state.synced ? well_sync_(file, flags) : state.code;
  }

  static inline sqlite3_vfs* well_ = nullptr;
  static inline sqlite3_vfs vfs_;
  static inline std::map<const sqlite3_io_methods*, sqlite3_io_methods>
      methods_;
  static inline int (*well_sync_)(sqlite3_file*, int) = nullptr;
};

class SqliteJobStoreTest : public ::testing::Test {
 protected:
  SqliteJobStoreTest()
      : directory_(
            std::filesystem::path(::testing::TempDir()) /
            ::testing::UnitTest::GetInstance()->current_test_info()->name()),
        path_((directory_ / "jobs.db").string()) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  ~SqliteJobStoreTest() override { std::filesystem::remove_all(directory_); }

  static std::unique_ptr<SecretBox> Box(uint8_t byte) {
    SecretBox::Key key;
    key.fill(byte);
    return std::make_unique<SecretBox>(key);
  }

  absl::StatusOr<std::unique_ptr<SqliteJobStore>> Open(
      std::unique_ptr<SecretBox> box = Box(1)) const {
    SqliteJobStore::Options options;
    options.path = path_;
    options.secret_box = std::move(box);
    options.timer = &timer_;
    return SqliteJobStore::Open(std::move(options));
  }

  std::vector<StoredJob> LoadAgain(
      std::unique_ptr<SecretBox> box = Box(1)) const {
    const auto store = Open(std::move(box));
    EXPECT_TRUE(store.ok()) << store.status();
    return *All(**store);
  }

  // Jobs 1 to `count`.
  void Fill(int count) const {
    ASSERT_TRUE((*Open())->Create(Job("a", 1), kPatience).ok());
    const auto database = SqliteDatabase::Open(path_);
    ASSERT_TRUE(database.ok()) << database.status();
    const std::string insert = absl::StrCat(
        "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < ",
        count,
        ") INSERT INTO jobs (download_id, sequence, request, secrets, "
        "secrets_kept, download, client) SELECT 'job-' || i, i, request, "
        "secrets, secrets_kept, download, client FROM jobs, n "
        "WHERE sequence = 1");
    ASSERT_TRUE((*database)->Execute(insert.c_str()).ok());
  }

  std::string EverythingWritten() const {
    std::string bytes;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      bytes += EverythingIn(entry.path());
    }
    return bytes;
  }

  // What comes of a Flush.
  static absl::Status Flushed(SqliteJobStore& store) {
    absl::Status status;
    absl::Notification done;
    store.Flush(kPatience, [&](const absl::Status& result) {
      status = result;
      done.Notify();
    });
    done.WaitForNotification();
    return status;
  }

  static constexpr absl::Duration kPatience = absl::Seconds(5);
  mutable FakeTimer timer_;
  const std::filesystem::path directory_;
  const std::string path_;
};

TEST_F(SqliteJobStoreTest, KeepsWhatWasCreated) {
  ASSERT_TRUE((*Open())->Create(Job("b", 2), kPatience).ok());
  ASSERT_TRUE((*Open())->Create(Job("a", 1), kPatience).ok());
  const auto jobs = LoadAgain();
  ASSERT_THAT(jobs, SizeIs(2));
  EXPECT_EQ(jobs[0].sequence, 1u);
  EXPECT_EQ(jobs[0].request.SerializeAsString(),
            Job("a", 1).request.SerializeAsString());
  EXPECT_EQ(jobs[0].download.state(), v1::Download::STATE_QUEUED);
  EXPECT_FALSE(jobs[0].secrets_missing);
  EXPECT_EQ(jobs[0].client, "uid:1000");
  EXPECT_EQ(jobs[1].request.download_id(), "b");
}

TEST_F(SqliteJobStoreTest, HandsHundredsOver) {
  Fill(1000);
  EXPECT_THAT(Sequences(LoadAgain()), ElementsAreArray(UpTo(1000)));
}

TEST_F(SqliteJobStoreTest, JobsThatAreHandedOverCanBeChangedMeanwhile) {
  Fill(300);
  {
    const auto store = Open();
    const auto last = (*store)->Load([&](const StoredJob& job) {
      if (job.sequence % 2 == 0) (*store)->Remove(job.sequence);
    });
    EXPECT_TRUE(last.ok()) << last.status();
  }
  EXPECT_EQ(LoadAgain().size(), 150u);
}

TEST_F(SqliteJobStoreTest, SaysTheHighestSequenceWhoseverItIs) {
  EXPECT_EQ(*(*Open())->Load([](const StoredJob&) {}), 0);
  Fill(20);
  {
    const auto database = SqliteDatabase::Open(path_);
    ASSERT_TRUE((*database)
                    ->Execute("UPDATE jobs SET download = x'ff' "
                              "WHERE sequence = 20;"
                              "UPDATE jobs SET sequence = -5 "
                              "WHERE sequence = 3;"
                              "UPDATE jobs SET sequence = 9223372036854775807 "
                              "WHERE sequence = 4;")
                    .ok());
  }
  size_t jobs = 0;
  EXPECT_EQ(*(*Open())->Load([&](const StoredJob&) { ++jobs; }), 20);
  EXPECT_EQ(jobs, 17u);
}

// What one integer of an index says of a job.
class IndexDamageTest : public SqliteJobStoreTest,
                        public ::testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(BackOrOn, IndexDamageTest,
                         ::testing::Values(5, 0x7F00));

TEST_P(IndexDamageTest, LosesNothing) {
  for (const char row : {'\xC8', '\x80', '\xFA'}) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    Fill(300);
    std::string bytes = EverythingIn(path_);
    // Two integers of two bytes: the sequence and the row it is of.
    std::string entry("\x03\x02\x02\0\0\0\0", 7);
    entry[4] = entry[6] = row;
    const size_t at = bytes.find(entry);
    ASSERT_NE(at, std::string::npos);
    bytes[at + 3] = static_cast<char>(GetParam() >> 8);
    bytes[at + 4] = static_cast<char>(GetParam());
    std::ofstream(path_, std::ios::binary) << bytes;
    EXPECT_THAT(Sequences(LoadAgain()), ElementsAreArray(UpTo(300)));
  }
}

TEST_F(SqliteJobStoreTest, WritesNoSecret) {
  const auto store = Open();
  ASSERT_TRUE((*store)->Create(Job("a", 1), kPatience).ok());
  EXPECT_THAT(EverythingWritten(), HasSubstr("store.local"));
  EXPECT_THAT(EverythingWritten(), Not(HasSubstr("s3cret")));
  struct stat file {};
  ASSERT_EQ(stat(path_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 077, 0u);
}

TEST_F(SqliteJobStoreTest, SecretsInMemoryOnlyAreMissingLater) {
  ASSERT_TRUE((*Open(nullptr))->Create(Job("a", 1), kPatience).ok());
  StoredJob plain = Job("b", 2);
  plain.request.clear_datastores();
  ASSERT_TRUE((*Open(nullptr))->Create(plain, kPatience).ok());
  const auto jobs = LoadAgain();
  EXPECT_TRUE(jobs[0].secrets_missing);
  EXPECT_FALSE(jobs[1].secrets_missing);
}

TEST_F(SqliteJobStoreTest, SecretsOfAnotherKeyAreMissing) {
  ASSERT_TRUE((*Open())->Create(Job("a", 1), kPatience).ok());
  EXPECT_TRUE(LoadAgain(Box(2))[0].secrets_missing);
  EXPECT_TRUE(LoadAgain(nullptr)[0].secrets_missing);
}

TEST_F(SqliteJobStoreTest, KeepsTheNewestSnapshot) {
  {
    const auto store = Open();
    ASSERT_TRUE((*store)->Create(Job("a", 1), kPatience).ok());
    v1::Download download = Job("a", 1).download;
    for (int i = 1; i <= 100; ++i) {
      download.set_received_bytes(i);
      (*store)->Update(1, download);
    }
  }
  EXPECT_EQ(LoadAgain()[0].download.received_bytes(), 100);
}

TEST_F(SqliteJobStoreTest, FlushWaitsForTheDisk) {
  const auto store = Open();
  ASSERT_TRUE((*store)->Create(Job("a", 1), kPatience).ok());
  v1::Download download = Job("a", 1).download;
  download.set_url("http://marker.local/");
  (*store)->Update(1, download);
  EXPECT_TRUE(Flushed(**store).ok());
  EXPECT_THAT(EverythingWritten(), HasSubstr("marker.local"));
}

TEST_F(SqliteJobStoreTest, FlushSaysWhenTheDiskDoesNotTakeIt) {
  const UnwellDisk disk;
  auto store = Open();
  ASSERT_TRUE((*store)->Create(Job("a", 1), kPatience).ok());
  UnwellDisk::Fail(SQLITE_FULL);
  v1::Download download = Job("a", 1).download;
  download.set_state(v1::Download::STATE_CANCELLED);
  (*store)->Update(1, download);
  const absl::Status full = Flushed(**store);
  EXPECT_EQ(ReasonOf(full), v1::ERROR_REASON_NO_SPACE) << full;
  UnwellDisk::Fail(SQLITE_IOERR_FSYNC);
  EXPECT_EQ(ReasonOf(Flushed(**store)), v1::ERROR_REASON_STORAGE_FAILED);
  UnwellDisk::Fail(SQLITE_OK);
  EXPECT_TRUE(Flushed(**store).ok()) << "what was left is written";
  store->reset();
  EXPECT_EQ(LoadAgain()[0].download.state(), v1::Download::STATE_CANCELLED);
}

TEST_F(SqliteJobStoreTest, FlushDoesNotWaitForeverForADiskThatHangs) {
  const UnwellDisk disk;
  const auto store = Open();
  ASSERT_TRUE((*store)->Create(Job("a", 1), kPatience).ok());
  UnwellDisk::Hang();
  v1::Download download = Job("a", 1).download;
  download.set_received_bytes(1);
  (*store)->Update(1, download);
  absl::Status status;
  absl::Notification done;
  (*store)->Flush(kPatience, [&](const absl::Status& result) {
    status = result;
    done.Notify();
  });
  UnwellDisk::WaitUntilItHangs();
  EXPECT_FALSE(done.HasBeenNotified());
  timer_.Advance(kPatience);
  ASSERT_TRUE(done.HasBeenNotified());
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STORAGE_FAILED);
  EXPECT_THAT(std::string(status.message()), HasSubstr("does not answer"));
  UnwellDisk::GoOn();
  EXPECT_TRUE(Flushed(**store).ok());
}

TEST_F(SqliteJobStoreTest, CreateDoesNotWaitForeverForADiskThatHangs) {
  const UnwellDisk disk;
  auto store = Open();
  UnwellDisk::Hang();
  absl::Status status;
  std::thread caller(
      [&] { status = (*store)->Create(Job("a", 1), kPatience); });
  UnwellDisk::WaitUntilItHangs();
  // Behind it, and not begun.
  absl::Status status_behind;
  std::thread caller_behind(
      [&] { status_behind = (*store)->Create(Job("b", 2), kPatience); });
  while (timer_.pending() < 2) std::this_thread::yield();
  timer_.Advance(kPatience);
  caller.join();
  caller_behind.join();
  for (const absl::Status& late : {status, status_behind}) {
    EXPECT_EQ(ReasonOf(late), v1::ERROR_REASON_STORAGE_FAILED);
    EXPECT_THAT(std::string(late.message()), HasSubstr("does not answer"));
  }
  // What the disk took after all is gone when it is removed.
  (*store)->Remove(1);
  UnwellDisk::GoOn();
  EXPECT_TRUE((*store)->Create(Job("c", 3), kPatience).ok());
  store->reset();
  const auto jobs = LoadAgain();
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0].request.download_id(), "c");
}

TEST_F(SqliteJobStoreTest, AFullDiskIsTriedAgainByItself) {
  const UnwellDisk disk;
  const auto store = Open();
  ASSERT_TRUE((*store)->Create(Job("a", 1), kPatience).ok());
  UnwellDisk::Fail(SQLITE_FULL);
  v1::Download download = Job("a", 1).download;
  download.set_url("http://marker.local/");
  (*store)->Update(1, download);
  EXPECT_FALSE(Flushed(**store).ok());
  UnwellDisk::Fail(SQLITE_OK);
  UnwellDisk::ForgetSyncs();
  timer_.Advance(PendingChanges::kRetryInterval);
  UnwellDisk::WaitForSync();
  EXPECT_THAT(EverythingWritten(), HasSubstr("marker.local"));
}

TEST_F(SqliteJobStoreTest, ForgetsWhatWasRemoved) {
  {
    const auto store = Open();
    ASSERT_TRUE((*store)->Create(Job("a", 1), kPatience).ok());
    (*store)->Remove(1);
    (*store)->Update(1, Job("a", 1).download);  // late, of one that is gone
    (*store)->Remove(17);                       // was never there
  }
  EXPECT_THAT(LoadAgain(), IsEmpty());
}

TEST_F(SqliteJobStoreTest, ARemovedIdCanBeUsedAgain) {
  {
    const auto store = Open();
    ASSERT_TRUE((*store)->Create(Job("a", 1), kPatience).ok());
    (*store)->Remove(1);
    ASSERT_TRUE((*store)->Create(Job("a", 2), kPatience).ok());
  }
  const auto jobs = LoadAgain();
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0].sequence, 2u);
}

TEST_F(SqliteJobStoreTest, TheLastWordOfAReplacedJobLeavesTheNewOneAlone) {
  {
    const auto store = Open();
    ASSERT_TRUE((*store)->Create(Job("a", 1), kPatience).ok());
    ASSERT_TRUE((*store)->Create(Job("a", 2), kPatience).ok());
    v1::Download late = Job("a", 1).download;
    late.set_state(v1::Download::STATE_CANCELLED);
    late.set_attempt(1);
    (*store)->Update(1, late);
    (*store)->Remove(1);
    EXPECT_TRUE(Flushed(**store).ok());
  }
  const auto jobs = LoadAgain();
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0].download.state(), v1::Download::STATE_QUEUED);
}

TEST_F(SqliteJobStoreTest, KeepsEachAttemptWithItsError) {
  {
    const auto store = Open();
    ASSERT_TRUE((*store)->Create(Job("a", 1), kPatience).ok());
    v1::Download download = Job("a", 1).download;
    download.set_attempt(1);
    download.set_url("http://store.local/1");
    download.set_state(v1::Download::STATE_WAITING);
    download.mutable_error()->set_message("stalled");
    (*store)->Update(1, download);
    download.set_attempt(2);
    download.set_url("http://store.local/2");
    download.set_state(v1::Download::STATE_RESOLVING);
    (*store)->Update(1, download);
  }
  const auto database = SqliteDatabase::Open(path_);
  auto query = (*database)->Prepare(
      "SELECT attempt, url, length(error) FROM attempts ORDER BY attempt");
  std::vector<std::string> rows;
  ASSERT_TRUE(query
                  ->Run([&] {
                    rows.push_back(query->Text(1) +
                                   (query->Int(2) > 0 ? " failed" : ""));
                  })
                  .ok());
  EXPECT_THAT(
      rows, ElementsAre("http://store.local/1 failed", "http://store.local/2"));
}

TEST_F(SqliteJobStoreTest, IsForOneServerAtATime) {
  const auto first = Open();
  ASSERT_TRUE(first.ok());
  const auto second = Open();
  EXPECT_EQ(ReasonOf(second.status()), v1::ERROR_REASON_STORAGE_FAILED);
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("another server"));
}

TEST_F(SqliteJobStoreTest, ADamagedFileIsSetAside) {
  std::ofstream(path_) << std::string(10'000, 'x');
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_THAT(*All(**store), IsEmpty());
  EXPECT_THAT(EverythingWritten(), HasSubstr(std::string(10'000, 'x')));
}

// Whatever is damaged in it, the store opens, keeps what can be read, and takes
// new jobs.
TEST_F(SqliteJobStoreTest, ADamagedStoreGoesOnWithWhatCanBeRead) {
  constexpr int kJobs = 30;
  size_t kept = 0;
  for (int round = 0; round < 10; ++round) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    {
      const auto store = Open();
      for (int i = 1; i <= kJobs; ++i) {
        StoredJob job = Job(absl::StrCat("job-", i), static_cast<uint64_t>(i));
        job.request.set_url(std::string(300, 'u'));
        ASSERT_TRUE((*store)->Create(job, kPatience).ok());
      }
    }
    std::mt19937 random(static_cast<unsigned>(round));
    {
      std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
      const auto size = std::filesystem::file_size(path_);
      for (int i = 0; i < 12; ++i) {
        // Behind the header: without that it is no database at all.
        file.seekp(static_cast<std::streamoff>(100 + random() % (size - 100)));
        for (int byte = 0; byte < 64; ++byte) {
          file.put(static_cast<char>(random()));
        }
      }
    }
    {
      const auto store = Open();
      ASSERT_TRUE(store.ok()) << store.status();
      const auto jobs = All(**store);
      ASSERT_TRUE(jobs.ok()) << jobs.status();
      kept += jobs->size();
      EXPECT_TRUE((*store)->Create(Job("new", 1000), kPatience).ok());
    }
    const auto again = LoadAgain();
    EXPECT_TRUE(std::any_of(again.begin(), again.end(), [](const auto& job) {
      return job.request.download_id() == "new";
    }));
  }
  EXPECT_GT(kept, 0u);
}

// As version 1 was, whatever has come since.
TEST_F(SqliteJobStoreTest, AStoreOfVersion1IsRead) {
  v1::Download download = Job("a", 1).download;
  download.set_state(v1::Download::STATE_COMPLETED);
  v1::DownloadRequest request = Job("a", 1).request;
  {
    const auto database = SqliteDatabase::Open(path_);
    ASSERT_TRUE((*database)
                    ->Execute("CREATE TABLE jobs (download_id TEXT PRIMARY KEY,"
                              " sequence INTEGER NOT NULL UNIQUE,"
                              " request BLOB NOT NULL, secrets BLOB NOT NULL,"
                              " secrets_kept INTEGER NOT NULL,"
                              " download BLOB NOT NULL) STRICT;"
                              "CREATE TABLE attempts (download_id TEXT NOT NULL"
                              " REFERENCES jobs (download_id)"
                              " ON DELETE CASCADE, attempt INTEGER NOT NULL,"
                              " url TEXT NOT NULL, address TEXT NOT NULL,"
                              " bridge TEXT NOT NULL, error BLOB NOT NULL,"
                              " PRIMARY KEY (download_id, attempt)) STRICT;"
                              "PRAGMA user_version=1")
                    .ok());
    auto insert = (*database)->Prepare("INSERT INTO jobs VALUES (?,?,?,?,?,?)");
    ASSERT_TRUE(insert->BindText(1, "a")
                    .BindInt(2, 7)
                    .BindBlob(3, request.SerializeAsString())
                    .BindBlob(4, "")
                    .BindInt(5, 1)
                    .BindBlob(6, download.SerializeAsString())
                    .Run()
                    .ok());
  }
  const auto jobs = LoadAgain();
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0].sequence, 7u);
  EXPECT_EQ(jobs[0].download.state(), v1::Download::STATE_COMPLETED);
  EXPECT_EQ(jobs[0].request.download_id(), "a");
  EXPECT_EQ(jobs[0].client, "");
}

TEST_F(SqliteJobStoreTest, ALaterSchemaIsLeftAlone) {
  { ASSERT_TRUE(Open().ok()); }
  {
    const auto database = SqliteDatabase::Open(path_);
    ASSERT_TRUE((*database)->Execute("PRAGMA user_version=99").ok());
  }
  EXPECT_THAT(std::string(Open().status().message()),
              HasSubstr("schema version 99"));
}

TEST_F(SqliteJobStoreTest, AnEmptyFileIsMigrated) {
  { ASSERT_TRUE(Open().ok()); }
  const auto database = SqliteDatabase::Open(path_);
  auto query = (*database)->Prepare("PRAGMA user_version");
  int version = 0;
  ASSERT_TRUE(
      query->Run([&] { version = static_cast<int>(query->Int(0)); }).ok());
  EXPECT_EQ(version, CurrentSchemaVersion());
}

TEST_F(SqliteJobStoreTest, WhatCannotBeOpenedIsAnError) {
  SqliteJobStore::Options options;
  options.path = "/nowhere/jobs.db";
  EXPECT_EQ(ReasonOf(SqliteJobStore::Open(std::move(options)).status()),
            v1::ERROR_REASON_STORAGE_FAILED);
}

}  // namespace
}  // namespace localstore::server
