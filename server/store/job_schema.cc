#include "server/store/job_schema.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

// Each leads from the version before it; none is ever changed once released.
constexpr const char* kMigrations[] = {
    // 1
    "CREATE TABLE jobs ("
    "  download_id TEXT PRIMARY KEY,"
    "  sequence INTEGER NOT NULL UNIQUE,"
    "  request BLOB NOT NULL,"          // DownloadRequest without its secrets
    "  secrets BLOB NOT NULL,"          // sealed; empty when there are none
    "  secrets_kept INTEGER NOT NULL,"  // 0: in memory only
    "  download BLOB NOT NULL"          // Download
    ") STRICT;"
    "CREATE TABLE attempts ("
    "  download_id TEXT NOT NULL"
    "    REFERENCES jobs (download_id) ON DELETE CASCADE,"
    "  attempt INTEGER NOT NULL,"
    "  url TEXT NOT NULL,"
    "  address TEXT NOT NULL,"
    "  bridge TEXT NOT NULL,"
    "  error BLOB NOT NULL,"  // google.rpc.Status; empty when there is none
    "  PRIMARY KEY (download_id, attempt)"
    ") STRICT;",
    // 2: who asked for it; "" for downloads of before
    "ALTER TABLE jobs ADD COLUMN client TEXT NOT NULL DEFAULT ''",
};

absl::StatusOr<int> VersionOf(SqliteDatabase& database) {
  auto query = database.Prepare("PRAGMA user_version");
  if (!query.ok()) return query.status();
  int version = 0;
  const absl::Status status =
      query->Run([&] { version = static_cast<int>(query->Int(0)); });
  if (!status.ok()) return status;
  return version;
}

}  // namespace

int CurrentSchemaVersion() {
  return static_cast<int>(sizeof(kMigrations) / sizeof(kMigrations[0]));
}

absl::Status MigrateSchema(SqliteDatabase& database) {
  const absl::StatusOr<int> version = VersionOf(database);
  if (!version.ok()) return version.status();
  if (*version > CurrentSchemaVersion()) {
    return MakeError(
        v1::ERROR_REASON_STORAGE_FAILED,
        absl::StrCat("the store has schema version ", *version,
                     ", which a later localstored wrote; this one knows up to ",
                     CurrentSchemaVersion(),
                     ": use that one, or another state_dir"));
  }
  if (*version == CurrentSchemaVersion()) return absl::OkStatus();
  return database.Transaction([&]() -> absl::Status {
    for (int next = *version; next < CurrentSchemaVersion(); ++next) {
      absl::Status migrated = database.Execute(kMigrations[next]);
      if (!migrated.ok()) return migrated;
    }
    const std::string stamp =
        absl::StrCat("PRAGMA user_version=", CurrentSchemaVersion());
    return database.Execute(stamp.c_str());
  });
}

}  // namespace localstore::server
