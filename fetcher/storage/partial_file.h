// An image while it is not whole: `<name>.part` beside its destination, and the
// record of how far it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fetcher/storage/download_directory.h"
#include "fetcher/storage/resume_record.h"
#include "fetcher/storage/unique_fd.h"

namespace localstore::fetcher {

// Every member may wait for the disk. Errors: STORAGE_FAILED and NO_SPACE, and
// what is said at the member. Sync and SaveRecord may run beside WriteAt and
// StartWriteback; all else one at a time.
class PartialFile {
 public:
  static constexpr size_t kDirectAlignment = 4096;

  // Opens the file that is there, or makes one. Locks it against other
  // processes: STORAGE_FAILED when one has it. What is there but is no plain
  // file with one name is replaced.
  static absl::StatusOr<std::unique_ptr<PartialFile>> Open(FilePlace place);

  // Deletes the file and its record at `place`; OK when there is none.
  static absl::Status DiscardAt(const FilePlace& place);

  absl::StatusOr<int64_t> Size() const;
  absl::Status Truncate(int64_t size);

  // Whether there is room for a file of `total` bytes. Asks the system for
  // nothing that it does not have in memory; may run beside all else. Errors:
  // NO_SPACE with metadata `needed_bytes` and `free_bytes`.
  absl::Status CheckRoom(int64_t total) const;
  // Makes room for a file of `total` bytes, so that writing up to there does
  // not fail for want of it. The size does not change. Errors: as CheckRoom.
  absl::Status Reserve(int64_t total);

  // Gives back what Reserve took and was not written.
  absl::Status ReleaseReserve();

  // Makes the content that of `file`, sharing its blocks, where the file system
  // can; false where it cannot, and nothing has changed then.
  bool CloneFrom(int file);

  // Past the page cache (O_DIRECT) where the file system can and offset and
  // memory are multiples of kDirectAlignment, but for what is left over at the
  // end: that costs half the CPU time, leaves others' pages in the cache, and
  // leaves little for Sync to do.
  absl::Status WriteAt(int64_t offset, absl::string_view bytes);
  // Reads as many bytes as there are up to `capacity`; 0 at the end.
  absl::StatusOr<size_t> ReadAt(int64_t offset, char* out,
                                size_t capacity) const;

  // Has the disk begin to write these bytes out, if they went to the page
  // cache. Does not wait for them.
  void StartWriteback(int64_t offset, int64_t size);
  // Waits until every byte written before the call is durable.
  absl::Status Sync();

  // None when there is no record, or none that can be trusted.
  absl::optional<ResumeRecord> LoadRecord() const;
  // Replaces the record, atomically and durably. The caller has synced the
  // bytes that it speaks of.
  absl::Status SaveRecord(const ResumeRecord& record);
  // Durable too: afterwards no record speaks of bytes that are written next.
  absl::Status DropRecord();

  // Gives the file, which the caller has synced, its final name, durably, and
  // deletes the record. Without `overwrite` a file that is there is left alone:
  // DESTINATION_EXISTS. After OK the object is of no more use.
  absl::Status Commit(bool overwrite);
  // What Commit could not clear away behind the delivered file; OK when there
  // is nothing. Whoever opens or discards the place next clears it.
  const absl::Status& leftover() const { return leftover_; }

  // Deletes the file and its record.
  absl::Status Discard();

  const FilePlace& place() const { return place_; }

 private:
  PartialFile(FilePlace place, UniqueFd file, UniqueFd direct);

  absl::Status Rename(bool overwrite);
  absl::Status SyncDirectory() const;
  absl::Status Error(absl::string_view doing, int error) const;

  const FilePlace place_;
  const UniqueFd file_;
  absl::Status leftover_;
  UniqueFd direct_;  // the same file with O_DIRECT; not valid where that fails
};

}  // namespace localstore::fetcher
