#include "server/store/sqlite.h"

#include <fcntl.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

constexpr char kDamaged[] = "damaged";

absl::Status StatusOf(sqlite3* database, absl::string_view what) {
  const int code = sqlite3_errcode(database) & 0xFF;
  const std::string message =
      absl::StrCat("cannot ", what, ": ", sqlite3_errmsg(database));
  switch (code) {
    case SQLITE_FULL:
      return MakeError(v1::ERROR_REASON_NO_SPACE, message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return MakeError(v1::ERROR_REASON_STORAGE_FAILED,
                       absl::StrCat(message,
                                    "; another server may use the same "
                                    "state_dir"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    // What is asked never changes: when it is an error, the tables are not what
    // they were.
    case SQLITE_ERROR:
      return MakeError(v1::ERROR_REASON_STORAGE_FAILED, message,
                       {{"store", kDamaged}});
    default:
      return MakeError(v1::ERROR_REASON_STORAGE_FAILED, message);
  }
}

// SQLite would make it as the process's umask says.
void MakePrivate(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file >= 0) close(file);
}

}  // namespace

bool IsDamaged(const absl::Status& status) {
  return MetadataOf(status, "store") == kDamaged;
}

SqliteStatement& SqliteStatement::BindText(int parameter,
                                           absl::string_view text) {
  bind_result_ |=
      sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(),
                          SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

SqliteStatement& SqliteStatement::BindBlob(int parameter,
                                           absl::string_view bytes) {
  // A null pointer would be NULL, not an empty blob.
  bind_result_ |= sqlite3_bind_blob64(statement_.get(), parameter,
                                      bytes.empty() ? "" : bytes.data(),
                                      bytes.size(), SQLITE_TRANSIENT);
  return *this;
}

SqliteStatement& SqliteStatement::BindInt(int parameter, int64_t number) {
  bind_result_ |= sqlite3_bind_int64(statement_.get(), parameter, number);
  return *this;
}

absl::Status SqliteStatement::Run(const std::function<void()>& row) {
  absl::Status status;
  if (bind_result_ != SQLITE_OK) status = StatusOf(database_, "bind");
  while (status.ok()) {
    const int result = sqlite3_step(statement_.get());
    if (result == SQLITE_DONE) break;
    if (result != SQLITE_ROW) {
      status = StatusOf(database_, "use the store");
    } else if (row != nullptr) {
      row();
    }
  }
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  bind_result_ = SQLITE_OK;
  return status;
}

std::string SqliteStatement::Text(int column) const { return Blob(column); }

std::string SqliteStatement::Blob(int column) const {
  return std::string(View(column));
}

absl::string_view SqliteStatement::View(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (bytes == nullptr) return "";
  return {static_cast<const char*>(bytes), static_cast<size_t>(size)};
}

int64_t SqliteStatement::Int(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(
    const std::string& path) {
  MakePrivate(path);
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(
      path.c_str(), &handle,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
      nullptr);
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(handle));
  if (result != SQLITE_OK) {
    return StatusOf(handle, absl::StrCat("open ", path));
  }
  absl::Status status = database->Execute(
      "PRAGMA locking_mode=EXCLUSIVE;"
      "PRAGMA journal_mode=WAL;"
      "PRAGMA synchronous=FULL;"
      "PRAGMA foreign_keys=ON;"
      // Takes the lock.
      "BEGIN IMMEDIATE; COMMIT;");
  if (!status.ok()) return status;
  return database;
}

absl::Status SqliteDatabase::Execute(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) ==
      SQLITE_OK) {
    return absl::OkStatus();
  }
  return StatusOf(database_.get(), "use the store");
}

absl::StatusOr<SqliteStatement> SqliteDatabase::Prepare(absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_.get(), sql.data(),
                         static_cast<int>(sql.size()), &statement,
                         nullptr) != SQLITE_OK) {
    return StatusOf(database_.get(), "use the store");
  }
  return SqliteStatement(database_.get(), statement);
}

absl::Status SqliteDatabase::Transaction(
    const std::function<absl::Status()>& body) {
  absl::Status status = Execute("BEGIN IMMEDIATE");
  if (!status.ok()) return status;
  status = body();
  if (status.ok()) status = Execute("COMMIT");
  // Some errors have ended the transaction already.
  if (!status.ok() && sqlite3_get_autocommit(database_.get()) == 0) {
    absl::Status ended = Execute("ROLLBACK");
    if (!ended.ok()) return ended;
  }
  return status;
}

}  // namespace localstore::server
