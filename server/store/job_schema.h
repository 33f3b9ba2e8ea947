// The tables of the store, and how they came to be.
#pragma once

#include "absl/status/status.h"
#include "server/store/sqlite.h"

namespace localstore::server {

// The version that this program writes.
int CurrentSchemaVersion();

// Brings a database, new or of an earlier version, to the current version, in
// one transaction. Errors: STORAGE_FAILED for one of a later version, which is
// left alone; those of SQLite.
absl::Status MigrateSchema(SqliteDatabase& database);

}  // namespace localstore::server
