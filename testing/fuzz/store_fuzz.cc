// Any bytes as the database of jobs: it is migrated and read, set aside, or
// refused with a reason; and what is then written is there afterwards.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"
#include "server/logging/log.h"
#include "server/store/sqlite_job_store.h"
#include "server/timer/thread_timer.h"

namespace {

namespace fs = std::filesystem;
using localstore::server::SqliteJobStore;

void Require(bool holds) {
  if (!holds) std::abort();
}

absl::StatusOr<std::unique_ptr<SqliteJobStore>> Open(const fs::path& folder) {
  static auto* const timer = new localstore::server::ThreadTimer();
  SqliteJobStore::Options options;
  options.timer = timer;
  options.path = (folder / "jobs.db").string();
  return SqliteJobStore::Open(std::move(options));
}

void Use(const fs::path& folder) {
  auto store = Open(folder);
  if (!store.ok()) {
    Require(localstore::ReasonOf(store.status()) ==
            localstore::v1::ERROR_REASON_STORAGE_FAILED);
    return;
  }
  const auto loaded =
      (*store)->Load([](const localstore::server::StoredJob&) {});
  Require(loaded.ok() || localstore::ReasonOf(loaded.status()) !=
                             localstore::v1::ERROR_REASON_UNSPECIFIED);
  localstore::server::StoredJob job;
  job.sequence = 1U << 30;
  job.request.set_download_id("fuzz");
  job.download.set_download_id("fuzz");
  const absl::Status created =
      (*store)->Create(job, localstore::server::kStorePatience);
  if (!created.ok() || !loaded.ok()) return;
  store->reset();
  store = Open(folder);
  Require(store.ok());
  int jobs = 0;
  const auto again =
      (*store)->Load([&](const localstore::server::StoredJob&) { ++jobs; });
  Require(again.ok() && jobs > 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool quiet = [] {
    localstore::server::ConfigureLog(localstore::server::LogLevel::kError,
                                     localstore::server::LogFormat::kText);
    return true;
  }();
  Require(quiet);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment.
  const char* root = std::getenv("TEST_TMPDIR");
  const fs::path folder =
      fs::path(root == nullptr ? fs::temp_directory_path().string() : root) /
      absl::StrCat("store_fuzz-", getpid());
  fs::create_directories(folder);
  std::ofstream(folder / "jobs.db", std::ios::binary)
      .write(reinterpret_cast<const char*>(data),
             static_cast<std::streamsize>(size));
  Use(folder);
  fs::remove_all(folder);
  return 0;
}
