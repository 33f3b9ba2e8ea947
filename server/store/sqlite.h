// SQLite, as far as the store needs it.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace localstore::server {

// A prepared statement. Parameters and columns are numbered as in SQLite: from
// 1 and from 0. Not thread-safe.
class SqliteStatement {
 public:
  SqliteStatement& BindText(int parameter, absl::string_view text);
  SqliteStatement& BindBlob(int parameter, absl::string_view bytes);
  SqliteStatement& BindInt(int parameter, int64_t number);

  // Runs it to its end, calling `row` for each; it can then be bound anew.
  absl::Status Run(const std::function<void()>& row = nullptr);

  // Valid until the row is left, or another of these asks for the column.
  absl::string_view View(int column) const;
  std::string Text(int column) const;
  std::string Blob(int column) const;
  int64_t Int(int column) const;

 private:
  friend class SqliteDatabase;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const {
      sqlite3_finalize(statement);
    }
  };
  SqliteStatement(sqlite3* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}

  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_result_ = SQLITE_OK;
};

// An open database. Not thread-safe.
class SqliteDatabase {
 public:
  // For this process alone, in WAL mode, each transaction durable when it
  // returns. Makes the file, for its owner alone, where it is missing. Errors:
  // see StatusOf.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open(
      const std::string& path);

  // Statements without parameters and rows.
  absl::Status Execute(const char* sql);
  absl::StatusOr<SqliteStatement> Prepare(absl::string_view sql);

  // All that `body` does, or, when it fails, nothing.
  absl::Status Transaction(const std::function<absl::Status()>& body);

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  explicit SqliteDatabase(sqlite3* database) : database_(database) {}

  std::unique_ptr<sqlite3, Close> database_;
};

// True for an error that says that the file is no database, or a damaged one.
bool IsDamaged(const absl::Status& status);

}  // namespace localstore::server
