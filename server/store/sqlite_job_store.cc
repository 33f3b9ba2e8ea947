#include "server/store/sqlite_job_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/jobs/download_state.h"
#include "server/logging/log.h"
#include "server/secrets/request_secrets.h"
#include "server/store/store_file.h"

namespace localstore::server {
namespace {

// Far beyond what any server numbers; from a higher one there would be no next.
constexpr int64_t kMaxSequence = int64_t{1} << 62;

// Attempts of one download that are remembered.
constexpr int kMaxAttempts = 100;

bool Parse(absl::string_view bytes, google::protobuf::Message& message) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

void LogLeftOut(int64_t sequence) {
  LogError("a stored download cannot be read and is left out",
           {{"sequence", absl::StrCat(sequence)}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteJobStore>> SqliteJobStore::Open(
    Options options) {
  auto database = OpenStoreFile(options.path);
  if (!database.ok()) return database.status();
  return std::unique_ptr<SqliteJobStore>(
      new SqliteJobStore(std::move(options), *std::move(database)));
}

SqliteJobStore::SqliteJobStore(Options options,
                               std::unique_ptr<SqliteDatabase> database)
    : path_(std::move(options.path)),
      secret_box_(std::move(options.secret_box)),
      database_(std::move(database)),
      pending_(PendingChanges::Create(options.timer)),
      writer_([this] { Run(); }) {}

SqliteJobStore::~SqliteJobStore() {
  pending_->Stop();
  writer_.join();
}

absl::StatusOr<uint64_t> SqliteJobStore::Load(const Take& take) {
  Sequences taken;
  absl::MutexLock lock(&database_mutex_);
  const absl::Status status =
      Do([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_) {
        return ReadRows(take, taken);
      });
  if (!status.ok()) return status;
  const auto highest = std::max_element(taken.begin(), taken.end());
  return highest == taken.end() ? 0 : static_cast<uint64_t>(*highest);
}

absl::Status SqliteJobStore::Do(const std::function<absl::Status()>& work) {
  if (database_ == nullptr) {
    auto database = OpenStoreFile(path_);
    if (!database.ok()) return database.status();
    database_ = *std::move(database);
  }
  absl::Status status = work();
  if (status.ok() || !IsDamaged(status)) return status;
  auto rebuilt = RebuildStoreFile(path_, std::move(database_));
  if (!rebuilt.ok()) return rebuilt.status();
  database_ = *std::move(rebuilt);
  return work();
}

absl::Status SqliteJobStore::ReadRows(const Take& take, Sequences& taken) {
  // By an index, which would have to be whole, too, SQLite does not always see
  // that a row is missing, or another's.
  auto query = database_->Prepare(
      "SELECT sequence, request, download, secrets, secrets_kept, client "
      "FROM jobs NOT INDEXED");
  if (!query.ok()) return query.status();
  return query->Run([&] {
    const int64_t sequence = query->Int(0);
    if (sequence < 1 || sequence > kMaxSequence) return LogLeftOut(sequence);
    if (!taken.insert(sequence).second) return;
    absl::optional<StoredJob> job = ReadJob(*query);
    if (job.has_value()) take(*std::move(job));
  });
}

absl::optional<StoredJob> SqliteJobStore::ReadJob(
    const SqliteStatement& row) const {
  absl::optional<StoredJob> job(absl::in_place);
  job->sequence = static_cast<uint64_t>(row.Int(0));
  if (!Parse(row.View(1), job->request) || !Parse(row.View(2), job->download)) {
    LogLeftOut(row.Int(0));
    return absl::nullopt;
  }
  job->client = row.Text(5);
  if (!HasEnded(job->download)) {
    RestoreSecrets(row.Blob(3), row.Int(4) != 0, *job);
  }
  return job;
}

void SqliteJobStore::RestoreSecrets(const std::string& sealed, bool kept,
                                    StoredJob& job) const {
  job.secrets_missing = !kept;
  if (sealed.empty()) return;
  job.secrets_missing = true;
  if (secret_box_ == nullptr) return;
  const std::string& id = job.request.download_id();
  const auto secrets = secret_box_->Open(sealed, id);
  const absl::Status status =
      secrets.ok() ? PutSecrets(*secrets, job.request) : secrets.status();
  job.secrets_missing = !status.ok();
  if (status.ok()) return;
  LogWarning("the credentials of a download are lost",
             {{"download_id", id}, {"error", std::string(status.message())}});
}

absl::Status SqliteJobStore::Create(const StoredJob& job,
                                    absl::Duration patience) {
  return pending_->Create(job, patience);
}

absl::Status SqliteJobStore::InsertJob(const StoredJob& job) {
  v1::DownloadRequest request = job.request;
  const std::string secrets = TakeSecrets(request);
  std::string sealed;
  if (!secrets.empty() && secret_box_ != nullptr) {
    auto box = secret_box_->Seal(secrets, request.download_id());
    if (!box.ok()) return box.status();
    sealed = *std::move(box);
  }
  return database_->Transaction([&]() -> absl::Status {
    auto erase = database_->Prepare("DELETE FROM jobs WHERE download_id = ?");
    if (!erase.ok()) return erase.status();
    absl::Status erased = erase->BindText(1, request.download_id()).Run();
    if (!erased.ok()) return erased;
    auto insert = database_->Prepare(
        "INSERT INTO jobs (download_id, sequence, request, secrets, "
        "secrets_kept, download, client) VALUES (?, ?, ?, ?, ?, ?, ?)");
    if (!insert.ok()) return insert.status();
    return insert->BindText(1, request.download_id())
        .BindInt(2, static_cast<int64_t>(job.sequence))
        .BindBlob(3, request.SerializeAsString())
        .BindBlob(4, sealed)
        .BindInt(5, secrets.empty() || !sealed.empty() ? 1 : 0)
        .BindBlob(6, job.download.SerializeAsString())
        .BindText(7, job.client)
        .Run();
  });
}

void SqliteJobStore::Update(uint64_t sequence, const v1::Download& download) {
  pending_->Update(sequence, download);
}

void SqliteJobStore::Remove(uint64_t sequence) { pending_->Remove(sequence); }

void SqliteJobStore::Flush(absl::Duration patience, Done done) {
  pending_->Flush(patience, std::move(done));
}

absl::Status SqliteJobStore::Write(const Changes& changes) {
  return database_->Transaction([&]() -> absl::Status {
    for (const auto& entry : changes) {
      absl::Status written = WriteChange(entry.first, entry.second);
      if (!written.ok()) return written;
    }
    return absl::OkStatus();
  });
}

absl::Status SqliteJobStore::WriteChange(uint64_t sequence,
                                         const Change& change) {
  auto statement = database_->Prepare(
      change.remove ? "DELETE FROM jobs WHERE sequence = ?1"
                    : "UPDATE jobs SET download = ?2 WHERE sequence = ?1");
  if (!statement.ok()) return statement.status();
  statement->BindInt(1, static_cast<int64_t>(sequence));
  if (!change.remove) {
    statement->BindBlob(2, change.download.SerializeAsString());
  }
  absl::Status status = statement->Run();
  if (!status.ok()) return status;
  for (const auto& attempt : change.attempts) {
    absl::Status written = WriteAttempt(sequence, attempt.second);
    if (!written.ok()) return written;
  }
  return absl::OkStatus();
}

absl::Status SqliteJobStore::WriteAttempt(uint64_t sequence,
                                          const v1::Download& download) {
  const std::string& id = download.download_id();
  // Until an attempt is over, the error is that of the one before.
  const bool over =
      download.state() == v1::Download::STATE_WAITING || HasEnded(download);
  auto insert = database_->Prepare(
      "INSERT OR REPLACE INTO attempts (download_id, attempt, url, address, "
      "bridge, error) SELECT ?1, ?2, ?3, ?4, ?5, ?6 "
      "WHERE EXISTS (SELECT 1 FROM jobs WHERE sequence = ?7)");
  if (!insert.ok()) return insert.status();
  absl::Status inserted =
      insert->BindText(1, id)
          .BindInt(2, download.attempt())
          .BindText(3, download.url())
          .BindText(4, download.endpoint().address())
          .BindText(5, download.endpoint().bridge())
          .BindBlob(6, over ? download.error().SerializeAsString() : "")
          .BindInt(7, static_cast<int64_t>(sequence))
          .Run();
  if (!inserted.ok()) return inserted;
  auto trim = database_->Prepare(
      "DELETE FROM attempts WHERE download_id = ?1 AND attempt <= ?2 "
      "AND EXISTS (SELECT 1 FROM jobs WHERE sequence = ?3)");
  if (!trim.ok()) return trim.status();
  return trim->BindText(1, id)
      .BindInt(2, download.attempt() - kMaxAttempts)
      .BindInt(3, static_cast<int64_t>(sequence))
      .Run();
}

void SqliteJobStore::Run() {
  for (bool last = false; !last;) {
    PendingChanges::Batch batch = pending_->Take();
    last = batch.last;
    for (const auto& creation : batch.creations) {
      absl::MutexLock lock(&database_mutex_);
      creation->Settle(Do([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_) {
        return InsertJob(creation->job());
      }));
    }
    absl::Status status;
    if (!batch.changes.empty()) {
      absl::MutexLock lock(&database_mutex_);
      status = Do([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_) {
        return Write(batch.changes);
      });
    }
    if (!status.ok()) {
      LogError("the store cannot be written; it will be tried again",
               {{"error", std::string(status.message())}});
    }
    pending_->Settle(std::move(batch), status);
  }
}

}  // namespace localstore::server
