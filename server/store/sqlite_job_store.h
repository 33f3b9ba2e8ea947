// Jobs in SQLite.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/jobs/job_store.h"
#include "server/secrets/secret_box.h"
#include "server/store/pending_changes.h"
#include "server/store/sqlite.h"
#include "server/timer/timer.h"

namespace localstore::server {

// Thread-safe. All is written by a thread of its own, which alone waits for a
// disk that hangs: new jobs one by one, and as many updates as there are in one
// transaction; of each job only the newest counts.
class SqliteJobStore : public JobStore {
 public:
  struct Options {
    std::string path;
    // Seals the secrets of requests; nullptr: they are not written at all.
    std::unique_ptr<SecretBox> secret_box;
    Timer* timer = nullptr;  // must outlive the store
  };

  // A file that is no database or a damaged one is set aside, beside its place
  // and with ".damaged" in its name, and logged, now or whenever it shows; what
  // can still be read goes on in a new one. Errors: STORAGE_FAILED, NO_SPACE,
  // also when another process has the file open.
  static absl::StatusOr<std::unique_ptr<SqliteJobStore>> Open(Options options);

  // Writes what is left to write.
  ~SqliteJobStore() override;

  absl::StatusOr<uint64_t> Load(const Take& take) override
      ABSL_LOCKS_EXCLUDED(database_mutex_);
  absl::Status Create(const StoredJob& job, absl::Duration patience) override;
  void Update(uint64_t sequence, const v1::Download& download) override;
  void Remove(uint64_t sequence) override;
  void Flush(absl::Duration patience, Done done) override;

 private:
  using Change = PendingChanges::Change;
  using Changes = PendingChanges::Changes;

  SqliteJobStore(Options options, std::unique_ptr<SqliteDatabase> database);

  // Does it again with a new file when this one turns out to be damaged.
  absl::Status Do(const std::function<absl::Status()>& work)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);

  // Hands over those that are not yet in `taken`.
  using Sequences = absl::flat_hash_set<int64_t>;
  absl::Status ReadRows(const Take& take, Sequences& taken)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);
  // nullopt, and logged, when it cannot be read.
  absl::optional<StoredJob> ReadJob(const SqliteStatement& row) const;
  void RestoreSecrets(const std::string& sealed, bool kept,
                      StoredJob& job) const;
  absl::Status InsertJob(const StoredJob& job)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);
  absl::Status Write(const Changes& changes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);
  absl::Status WriteChange(uint64_t sequence, const Change& change)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);
  absl::Status WriteAttempt(uint64_t sequence, const v1::Download& download)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);
  void Run();

  const std::string path_;
  const std::unique_ptr<SecretBox> secret_box_;

  absl::Mutex database_mutex_;
  // nullptr when a damaged one could not be replaced yet.
  std::unique_ptr<SqliteDatabase> database_ ABSL_GUARDED_BY(database_mutex_);

  const std::shared_ptr<PendingChanges> pending_;
  std::thread writer_;
};

}  // namespace localstore::server
