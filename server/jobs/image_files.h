// What the server does itself to files in the download directory.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace localstore::server {

// Thread-safe. Destinations are relative to the download directory.
class ImageFiles {
 public:
  virtual ~ImageFiles() = default;

  // Deletes the file at a destination. One that is not there is no error.
  // Errors: DESTINATION_INVALID, STORAGE_FAILED.
  virtual absl::Status Delete(const std::string& destination) = 0;

  // Of the file system that holds the directory, for who runs the server.
  virtual absl::StatusOr<int64_t> FreeBytes() = 0;
};

}  // namespace localstore::server
