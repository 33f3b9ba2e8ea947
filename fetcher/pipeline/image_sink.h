// Bytes of an image, as they come -> the unfinished file and its digest.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "fetcher/cancellation.h"
#include "fetcher/pipeline/buffer_pool.h"
#include "fetcher/pipeline/sha256.h"
#include "fetcher/pipeline/worker_thread.h"
#include "fetcher/storage/partial_file.h"

namespace localstore::fetcher {

// Whoever appends neither hashes nor waits for the disk: one thread writes,
// another hashes the same buffers beside it, a third makes durable what is
// written and then records how far it is.
//
// Two kinds of callers, never both at once: the one that appends (Append, Room,
// Filled, Restart, Describe, CheckRoom, Reserve), which is not made to wait,
// and the one that controls (all else), which is.
//
// Errors are those of PartialFile. The first one stays: afterwards nothing is
// written any more, and every call reports it.
class ImageSink {
 public:
  struct Options {
    // Multiples of PartialFile::kDirectAlignment; what one write(2) takes.
    size_t buffer_bytes = 1 << 20;
    size_t buffers = 6;  // with libcurl's own, under 8 MiB for a transfer
    // How much is written before the disk is told to begin with it.
    int64_t writeback_bytes = 8 << 20;
    // How often the record is renewed: this long after the last time, or when
    // so much more is written. That begins with little, so that an end within
    // the first second does not cost all, and doubles, for each time costs the
    // disk some commits of its journal.
    absl::Duration checkpoint_interval = absl::Seconds(1);
    int64_t first_checkpoint_bytes = 4 << 20;
    int64_t max_checkpoint_bytes = 256 << 20;
  };

  // `on_room` runs, on any thread, when a buffer is free again after Append
  // said kFull. It must not block.
  static absl::StatusOr<std::unique_ptr<ImageSink>> Create(
      std::unique_ptr<PartialFile> file, Options options,
      std::function<void()> on_room);
  // Waits for what is queued.
  ~ImageSink();

  enum class AppendResult {
    kTaken,   // all of it
    kFull,    // none of it: again when there is room
    kFailed,  // none of it: see Drain
  };
  // At most buffer_bytes / 2 at a time.
  AppendResult Append(absl::string_view bytes);
  // The same for bytes that are not anywhere yet: puts them in the room given
  // last, which is empty where Append would say kFull or kFailed.
  absl::Span<char> Room();
  // So many bytes, no more than there was room for, have been put there.
  void Filled(size_t bytes);
  // To be called now and then: hands on what has stood in a half-filled buffer
  // for a checkpoint_interval.
  void Tick();
  // False after kFull, or no room, until a buffer is free.
  bool HasRoom() const { return pool_.HasFree(); }
  // Forgets every byte there is: what is appended next begins the image anew.
  void Restart();
  // What the record is to say from now on of the bytes that are appended next;
  // `durable_bytes` and `durable_sha256` are filled in. Without it, and after
  // Restart, none is kept.
  void Describe(const ResumeRecord& record);
  // Whether there is room for an image of that many bytes: NO_SPACE as of
  // PartialFile::CheckRoom.
  absl::Status CheckRoom(int64_t total) const {
    return file_->CheckRoom(total);
  }
  // Makes room for an image of that many bytes before the next byte is
  // written.
  void Reserve(int64_t total);

  // The bytes appended since the beginning of the image.
  int64_t position() const { return position_; }

  // Takes the first `size` bytes of the file, drops the rest, reads and hashes
  // them. Stops early, with its status, when cancelled.
  absl::Status AdoptPrefix(int64_t size, const Cancellation& cancellation);
  // Until every byte appended is written and hashed.
  absl::Status Drain();
  // The bytes of the image that are in the file, after Drain.
  int64_t written() const { return written_; }
  // Renews the record soon, on another thread, if there is one to keep.
  void CheckpointSoon();
  // Drain, then until the record is renewed.
  absl::Status Checkpoint();
  // Of the bytes up to position(), after Drain.
  std::string HexDigest() const { return hash_.HexDigest(); }
  // Drain, then until every byte is durable.
  absl::Status Sync();

  // The first error, or OK. Any thread.
  absl::Status status() const ABSL_LOCKS_EXCLUDED(mutex_);

  // To commit or to discard it, with nothing appended meanwhile.
  PartialFile& file() { return *file_; }

 private:
  ImageSink(std::unique_ptr<PartialFile> file, Options options,
            std::function<void()> on_room);

  void Fill(std::shared_ptr<Buffer> buffer);
  void AppendToFilling(absl::string_view& bytes);
  void HandOver();
  void Carry(absl::string_view last_bytes);
  void Write(int64_t offset, absl::string_view bytes);
  void MaybeStartWriteback();
  void Hash(absl::string_view bytes, int64_t end);
  void MaybeCheckpoint();
  void PostCheckpoint();
  void StartCheckpoint(uint64_t image, int64_t size, std::string sha256);
  void WriteCheckpoint(const ResumeRecord& record);
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  void Fail(absl::Status status) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::unique_ptr<PartialFile> file_;
  const Options options_;

  // Of whoever appends.
  std::shared_ptr<Buffer> filling_;
  absl::Time filling_since_;
  int64_t position_ = 0;
  uint64_t image_ = 0;  // counts those begun anew
  // The bytes of the image between the last multiple of kDirectAlignment and
  // position_, while no buffer is being filled. They are in the file already,
  // and are written again with what follows, so that every write is aligned.
  std::string carried_;
  size_t carried_in_filling_ = 0;  // of them, at the beginning of filling_

  // Of the hashing thread, and of whoever controls while it is idle.
  Sha256Stream hash_;
  int64_t hashed_ = 0;
  uint64_t hashed_image_ = 0;
  absl::Time last_checkpoint_;
  int64_t checkpointed_ = 0;  // hashed then
  int64_t checkpoint_bytes_;  // hashed since, when it is time again

  // Of the writing thread, and of whoever controls while it is idle.
  int64_t written_ = 0;
  uint64_t written_image_ = 0;
  int64_t writeback_begun_ = 0;
  bool has_record_ = false;
  ResumeRecord record_;

  std::atomic<bool> failed_{false};
  std::atomic<bool> checkpointing_{false};
  mutable absl::Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);

  BufferPool pool_;
  // Last, so that they end first;
  // each after those that it hands things on to.
  std::unique_ptr<WorkerThread> checkpointer_;
  std::unique_ptr<WorkerThread> writer_;
  std::unique_ptr<WorkerThread> hasher_;
};

}  // namespace localstore::fetcher
