// The file of the store: opened, and made anew when it is damaged.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/store/sqlite.h"

namespace localstore::server {

// A file that is no database, or one that is damaged so that it cannot be
// opened, is set aside, beside its place and with ".damaged" in its name, and
// logged. Errors: STORAGE_FAILED, NO_SPACE, also when another process has the
// file open.
absl::StatusOr<std::unique_ptr<SqliteDatabase>> OpenStoreFile(
    const std::string& path);

// For one that turned out to be damaged: sets it aside, and opens a new one
// with all that could still be read of it. Errors: as above.
absl::StatusOr<std::unique_ptr<SqliteDatabase>> RebuildStoreFile(
    const std::string& path, std::unique_ptr<SqliteDatabase> damaged);

}  // namespace localstore::server
