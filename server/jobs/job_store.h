// Where jobs are kept so that another process can go on with them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::server {

struct StoredJob {
  uint64_t sequence = 0;
  v1::DownloadRequest request;  // holds secrets
  v1::Download download;
  std::string client;  // see DownloadOrder
  // The request had secrets, and they are not there any more.
  bool secrets_missing = false;
};

// How long a caller waits for the store.
inline constexpr absl::Duration kStorePatience = absl::Seconds(5);

// Thread-safe.
class JobStore {
 public:
  virtual ~JobStore() = default;

  // Hands all jobs over, each once, in any order and one at a time, so that
  // thousands need no memory twice. Returns the highest sequence in use, be it
  // of a job that cannot be read; 0 when there is none. `take` must not wait
  // for the store. Called once, first. Errors: STORAGE_FAILED; some jobs may
  // have been handed over then.
  using Take = std::function<void(StoredJob job)>;
  virtual absl::StatusOr<uint64_t> Load(const Take& take) = 0;

  // Returns when the job would survive a power cut. One with the same id is
  // replaced. Errors: STORAGE_FAILED, also when the disk takes longer than
  // `patience`: the job may be there nevertheless, until it is removed;
  // NO_SPACE.
  virtual absl::Status Create(const StoredJob& job,
                              absl::Duration patience) = 0;

  // Keeps the newest snapshot of the job with that sequence, soon; does not
  // wait for the disk. What cannot be written is logged and tried again with
  // the next change, and after some seconds. A job that is not there is
  // ignored.
  virtual void Update(uint64_t sequence, const v1::Download& download) = 0;

  // As Update.
  virtual void Remove(uint64_t sequence) = 0;

  // Calls `done`, once, when what was updated and removed before would survive
  // a power cut, or with why it would not: STORAGE_FAILED, NO_SPACE. That comes
  // within `patience`, however long the disk takes; on any thread, also before
  // this returns; `done` must not block.
  using Done = std::function<void(const absl::Status&)>;
  virtual void Flush(absl::Duration patience, Done done) = 0;
};

// Forgets everything with the process.
class MemoryJobStore : public JobStore {
 public:
  absl::StatusOr<uint64_t> Load(const Take&) override { return 0; }
  absl::Status Create(const StoredJob&, absl::Duration) override {
    return absl::OkStatus();
  }
  void Update(uint64_t, const v1::Download&) override {}
  void Remove(uint64_t) override {}
  void Flush(absl::Duration, Done done) override { done(absl::OkStatus()); }
};

}  // namespace localstore::server
