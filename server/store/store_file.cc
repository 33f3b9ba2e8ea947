#include "server/store/store_file.h"

#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/logging/log.h"
#include "server/store/job_schema.h"

namespace localstore::server {
namespace {

struct JobRow {
  std::string download_id;
  int64_t sequence = 0;
  std::string request;
  std::string secrets;
  int64_t secrets_kept = 0;
  std::string download;
  std::string client;
};

absl::StatusOr<std::unique_ptr<SqliteDatabase>> OpenAndMigrate(
    const std::string& path) {
  auto database = SqliteDatabase::Open(path);
  if (!database.ok()) return database.status();
  const absl::Status migrated = MigrateSchema(**database);
  if (!migrated.ok()) return migrated;
  return database;
}

void SetAside(const std::string& path) {
  const std::string stamp = absl::FormatTime(".damaged-%Y%m%dT%H%M%E3S",
                                             absl::Now(), absl::UTCTimeZone());
  // The log belongs to the file: it must not be applied to a new one.
  for (const char* part : {"", "-wal", "-shm"}) {
    // One that is not there need not be moved.
    (void)std::rename(absl::StrCat(path, part).c_str(),
                      absl::StrCat(path, stamp, part).c_str());
  }
}

// What can be read, whatever stands in the way of the rest: not by an index,
// which may be what is damaged, and once from each end.
std::vector<JobRow> Salvage(SqliteDatabase& database) {
  std::vector<JobRow> rows;
  for (const char* direction : {"ASC", "DESC"}) {
    auto query = database.Prepare(absl::StrCat(
        "SELECT download_id, sequence, request, secrets, secrets_kept, "
        "download, client FROM jobs NOT INDEXED ORDER BY rowid ",
        direction));
    if (!query.ok()) continue;
    const absl::Status read = query->Run([&] {
      rows.push_back({query->Text(0), query->Int(1), query->Blob(2),
                      query->Blob(3), query->Int(4), query->Blob(5),
                      query->Text(6)});
    });
    if (read.ok()) break;
  }
  return rows;
}

absl::Status InsertRow(SqliteDatabase& database, const JobRow& row) {
  // Read from both ends, a row may come twice.
  auto insert = database.Prepare(
      "INSERT OR IGNORE INTO jobs (download_id, sequence, request, secrets, "
      "secrets_kept, download, client) VALUES (?, ?, ?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  return insert->BindText(1, row.download_id)
      .BindInt(2, row.sequence)
      .BindBlob(3, row.request)
      .BindBlob(4, row.secrets)
      .BindInt(5, row.secrets_kept)
      .BindBlob(6, row.download)
      .BindText(7, row.client)
      .Run();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteDatabase>> OpenStoreFile(
    const std::string& path) {
  auto database = OpenAndMigrate(path);
  if (database.ok() || !IsDamaged(database.status())) return database;
  LogError(
      "the store is damaged; it is set aside, and what it knew of "
      "downloads is lost",
      {{"path", path}, {"error", std::string(database.status().message())}});
  SetAside(path);
  return OpenAndMigrate(path);
}

absl::StatusOr<std::unique_ptr<SqliteDatabase>> RebuildStoreFile(
    const std::string& path, std::unique_ptr<SqliteDatabase> damaged) {
  const std::vector<JobRow> rows = Salvage(*damaged);
  damaged = nullptr;
  LogError(
      "the store is damaged; it is set aside, and a new one begun with what "
      "could be read",
      {{"path", path}, {"downloads", absl::StrCat(rows.size())}});
  SetAside(path);
  auto database = OpenAndMigrate(path);
  if (!database.ok()) return database;
  const absl::Status filled = (*database)->Transaction([&]() -> absl::Status {
    for (const JobRow& row : rows) {
      absl::Status inserted = InsertRow(**database, row);
      if (!inserted.ok()) return inserted;
    }
    return absl::OkStatus();
  });
  if (!filled.ok()) return filled;
  return database;
}

}  // namespace localstore::server
