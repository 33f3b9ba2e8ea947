// Where jobs are kept so that another process can go on with them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::server {

struct StoredJob {
  uint64_t sequence = 0;
  v1::DownloadRequest request;  // holds secrets
  v1::Download download;
  // The request had secrets, and they are not there any more.
  bool secrets_missing = false;
};

// Thread-safe.
class JobStore {
 public:
  virtual ~JobStore() = default;

  // All jobs, by sequence. Called once, first. Errors: STORAGE_FAILED.
  virtual absl::StatusOr<std::vector<StoredJob>> Load() = 0;

  // Returns when the job would survive a power cut. One with the same id is
  // replaced. Errors: STORAGE_FAILED, NO_SPACE.
  virtual absl::Status Create(const StoredJob& job) = 0;

  // Keeps the newest snapshot of a job, soon; does not wait for the disk. What
  // cannot be written is logged and tried again with the next change.
  virtual void Update(const v1::Download& download) = 0;

  // As Update.
  virtual void Remove(absl::string_view download_id) = 0;

  // Waits until what was updated and removed before is on the disk.
  virtual void Flush() = 0;
};

// Forgets everything with the process.
class MemoryJobStore : public JobStore {
 public:
  absl::StatusOr<std::vector<StoredJob>> Load() override {
    return std::vector<StoredJob>();
  }
  absl::Status Create(const StoredJob&) override { return absl::OkStatus(); }
  void Update(const v1::Download&) override {}
  void Remove(absl::string_view) override {}
  void Flush() override {}
};

}  // namespace localstore::server
