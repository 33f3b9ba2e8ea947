// The one directory that images go to, and nothing outside of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fetcher/storage/unique_fd.h"

namespace localstore::fetcher {

// A file's place beneath the download directory: its directory, opened, and its
// name there. Whatever is renamed above it later, the place stays the same.
struct FilePlace {
  UniqueFd directory;
  std::string name;         // no slash
  std::string destination;  // as asked, for messages
};

// Thread-safe.
class DownloadDirectory {
 public:
  struct Options {
    // openat2(2) where the kernel has it; else, and when false, directory by
    // directory, with the same outcome.
    bool use_openat2 = true;
  };

  // `path` must be an existing directory. Errors: STORAGE_FAILED.
  static absl::StatusOr<std::unique_ptr<DownloadDirectory>> Open(
      const std::string& path, Options options);

  // Looks at the text alone. Errors: DESTINATION_INVALID with a BadRequest on
  // `destination` for anything but a relative path of plain names: absolute,
  // empty, ".", "..", a slash at the end, NUL or another control character, a
  // name that the file system or the files beside it (`.part`, its record)
  // would not hold, or one of those names itself.
  static absl::Status CheckDestination(absl::string_view destination);

  // Opens the directory that `destination` is in; with `create`, makes it where
  // it is missing, durably. Symbolic links are never followed.
  //
  // Errors: as CheckDestination; DESTINATION_INVALID too when a part of the way
  // is no directory or a symbolic link; NOT_FOUND (no reason) when it is
  // missing and not `create`; STORAGE_FAILED, NO_SPACE.
  absl::StatusOr<FilePlace> Locate(const std::string& destination,
                                   bool create) const;

 private:
  DownloadDirectory(UniqueFd root, Options options);

  absl::StatusOr<UniqueFd> OpenBeneath(const std::string& parent,
                                       const std::string& destination) const;
  absl::StatusOr<UniqueFd> Walk(const std::string& parent,
                                const std::string& destination,
                                bool create) const;

  const UniqueFd root_;
  const Options options_;
};

// Waits until `file`, at `place`, and its name are durable. Errors:
// STORAGE_FAILED.
absl::Status MakeDurable(const FilePlace& place, int file);

// An open, ordinary file at `place`; not valid when there is none. Errors:
// DESTINATION_INVALID when something else is there (a directory, a device, a
// symbolic link), STORAGE_FAILED.
absl::StatusOr<UniqueFd> OpenExistingFile(const FilePlace& place);

}  // namespace localstore::fetcher
