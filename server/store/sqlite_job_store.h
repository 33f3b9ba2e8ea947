// Jobs in SQLite.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/jobs/job_store.h"
#include "server/secrets/secret_box.h"
#include "server/store/sqlite.h"

namespace localstore::server {

// Thread-safe. Updates are written by a thread of its own, as many as there are
// in one transaction; of each job only the newest counts.
class SqliteJobStore : public JobStore {
 public:
  struct Options {
    std::string path;
    // Seals the secrets of requests; nullptr: they are not written at all.
    std::unique_ptr<SecretBox> secret_box;
  };

  // A file that is no database or a damaged one is set aside, beside its place
  // and with ".damaged" in its name, and logged, now or whenever it shows; what
  // can still be read goes on in a new one. Errors: STORAGE_FAILED, NO_SPACE,
  // also when another process has the file open.
  static absl::StatusOr<std::unique_ptr<SqliteJobStore>> Open(Options options);

  // Writes what is left to write.
  ~SqliteJobStore() override;

  absl::StatusOr<std::vector<StoredJob>> Load() override
      ABSL_LOCKS_EXCLUDED(database_mutex_);
  absl::Status Create(const StoredJob& job) override
      ABSL_LOCKS_EXCLUDED(database_mutex_, pending_mutex_);
  void Update(const v1::Download& download) override
      ABSL_LOCKS_EXCLUDED(pending_mutex_);
  void Remove(absl::string_view download_id) override
      ABSL_LOCKS_EXCLUDED(pending_mutex_);
  void Flush() override ABSL_LOCKS_EXCLUDED(pending_mutex_);

 private:
  struct Change {
    bool remove = false;
    v1::Download download;
    // By number: an attempt's last word is not lost when the next one begins
    // before it is written.
    std::map<int32_t, v1::Download> attempts;
  };
  using Changes = std::map<std::string, Change, std::less<>>;

  SqliteJobStore(Options options, std::unique_ptr<SqliteDatabase> database);

  // Does it again with a new file when this one turns out to be damaged.
  absl::Status Do(const std::function<absl::Status()>& work)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);

  absl::Status LoadRows(std::vector<StoredJob>& jobs)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);
  void RestoreSecrets(const std::string& sealed, bool kept,
                      StoredJob& job) const;
  absl::Status InsertJob(const StoredJob& job)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);
  absl::Status Write(const Changes& changes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);
  absl::Status WriteChange(const std::string& id, const Change& change)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);
  absl::Status WriteAttempt(const std::string& id, const v1::Download& download)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);
  void PutBack(Changes changes) ABSL_LOCKS_EXCLUDED(pending_mutex_);
  void Run();

  const std::string path_;
  const std::unique_ptr<SecretBox> secret_box_;

  // Taken before pending_mutex_, by whoever writes: what is taken out of
  // pending_ is written before anything newer.
  absl::Mutex database_mutex_;
  // nullptr when a damaged one could not be replaced yet.
  std::unique_ptr<SqliteDatabase> database_ ABSL_GUARDED_BY(database_mutex_);

  absl::Mutex pending_mutex_ ABSL_ACQUIRED_AFTER(database_mutex_);
  Changes pending_ ABSL_GUARDED_BY(pending_mutex_);
  bool stopping_ ABSL_GUARDED_BY(pending_mutex_) = false;
  bool failing_ ABSL_GUARDED_BY(pending_mutex_) = false;
  uint64_t flushes_asked_ ABSL_GUARDED_BY(pending_mutex_) = 0;
  uint64_t flushes_done_ ABSL_GUARDED_BY(pending_mutex_) = 0;
  std::thread writer_;
};

}  // namespace localstore::server
