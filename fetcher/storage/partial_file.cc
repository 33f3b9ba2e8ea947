#include "fetcher/storage/partial_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fetcher/storage/partial_names.h"
#include "fetcher/storage/storage_error.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

constexpr mode_t kFileMode = 0644;
constexpr mode_t kRecordMode = 0600;
constexpr int64_t kStatBlock = 512;  // unit of st_blocks
constexpr int kOpenTries = 3;

// -1 and errno when `name` cannot be deleted; a missing one is fine.
int Delete(int directory, const std::string& name) {
  const int result = unlinkat(directory, name.c_str(), 0);
  return result != 0 && errno == ENOENT ? 0 : result;
}

UniqueFd OpenPartial(const FilePlace& place) {
  return UniqueFd(openat(place.directory.get(), PartialName(place.name).c_str(),
                         O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                         kFileMode));
}

// A name elsewhere for the same file would be written through; so a file with
// several names is not ours.
bool IsOurs(int file) {
  struct stat info = {};
  return fstat(file, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1;
}

bool IsNamed(const FilePlace& place, int file) {
  struct stat held = {};
  struct stat named = {};
  return fstat(file, &held) == 0 &&
         fstatat(place.directory.get(), PartialName(place.name).c_str(), &named,
                 AT_SYMLINK_NOFOLLOW) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

// Not valid where the file system has no such thing.
UniqueFd OpenDirect(const FilePlace& place) {
  UniqueFd direct(openat(place.directory.get(), PartialName(place.name).c_str(),
                         O_RDWR | O_DIRECT | O_NOFOLLOW | O_CLOEXEC));
  return direct.valid() && IsNamed(place, direct.get()) ? std::move(direct)
                                                        : UniqueFd();
}

bool IsAligned(int64_t offset, absl::string_view bytes) {
  constexpr size_t kMask = PartialFile::kDirectAlignment - 1;
  return ((static_cast<size_t>(offset) |
           reinterpret_cast<uintptr_t>(bytes.data())) &
          kMask) == 0;
}

absl::Status WriteAll(int file, int64_t offset, absl::string_view bytes,
                      const std::string& destination) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file, bytes.data(), bytes.size(), offset);
    if (written < 0) {
      if (errno == EINTR) continue;
      return StorageError("write", destination, errno);
    }
    offset += written;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

bool IsInMemory(int file) {
  struct statfs info = {};
  return fstatfs(file, &info) == 0 && info.f_type == TMPFS_MAGIC;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PartialFile>> PartialFile::Open(
    FilePlace place) {
  int open_error = 0;
  for (int i = 0; i < kOpenTries; ++i) {
    UniqueFd file = OpenPartial(place);
    open_error = file.valid() ? 0 : errno;
    if (!file.valid() || !IsOurs(file.get())) {
      if (Delete(place.directory.get(), PartialName(place.name)) == 0) continue;
      return StorageError("open the unfinished file of", place.destination,
                          errno);
    }
    if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) break;
    // Whoever had it locked until now may have given it its final name.
    if (IsNamed(place, file.get())) {
      UniqueFd direct = OpenDirect(place);
      return std::unique_ptr<PartialFile>(new PartialFile(
          std::move(place), std::move(file), std::move(direct)));
    }
  }
  if (open_error != 0) {
    return StorageError("open the unfinished file of", place.destination,
                        open_error);
  }
  return MakeError(v1::ERROR_REASON_STORAGE_FAILED,
                   absl::StrCat("another process uses the unfinished file of "
                                "\"",
                                place.destination, "\""),
                   {{"path", place.destination}});
}

PartialFile::PartialFile(FilePlace place, UniqueFd file, UniqueFd direct)
    : place_(std::move(place)),
      file_(std::move(file)),
      direct_(std::move(direct)) {}

absl::Status PartialFile::Error(absl::string_view doing, int error) const {
  return StorageError(doing, place_.destination, error);
}

absl::Status PartialFile::DiscardAt(const FilePlace& place) {
  const int directory = place.directory.get();
  // The record first: one without its file would speak of the next one.
  if (Delete(directory, NewRecordName(place.name)) != 0 ||
      Delete(directory, RecordName(place.name)) != 0 ||
      Delete(directory, PartialName(place.name)) != 0 ||
      fsync(directory) != 0) {
    return StorageError("delete the unfinished file of", place.destination,
                        errno);
  }
  return absl::OkStatus();
}

absl::Status PartialFile::Discard() { return DiscardAt(place_); }

absl::StatusOr<int64_t> PartialFile::Size() const {
  struct stat info = {};
  if (fstat(file_.get(), &info) != 0) return Error("examine", errno);
  return static_cast<int64_t>(info.st_size);
}

absl::Status PartialFile::Truncate(int64_t size) {
  if (ftruncate(file_.get(), size) != 0) return Error("truncate", errno);
  return absl::OkStatus();
}

absl::Status PartialFile::CheckRoom(int64_t total) const {
  struct stat info = {};
  struct statvfs disk = {};
  if (fstat(file_.get(), &info) != 0 || fstatvfs(file_.get(), &disk) != 0) {
    return Error("examine the disk of", errno);
  }
  const int64_t needed =
      std::max<int64_t>(total - info.st_blocks * kStatBlock, 0);
  const auto free = static_cast<int64_t>(disk.f_bavail * disk.f_frsize);
  if (needed <= free) return absl::OkStatus();
  return MakeError(
      v1::ERROR_REASON_NO_SPACE,
      absl::StrCat("\"", place_.destination, "\" needs ", needed,
                   " bytes more, and the disk of the download directory has ",
                   free, " free; make room there"),
      {{"path", place_.destination},
       {"needed_bytes", absl::StrCat(needed)},
       {"free_bytes", absl::StrCat(free)}});
}

absl::Status PartialFile::Reserve(int64_t total) {
  absl::Status status = CheckRoom(total);
  if (!status.ok()) return status;
  // tmpfs would clear every page now, and again as it is written.
  if (total <= 0 || IsInMemory(file_.get())) return absl::OkStatus();
  if (fallocate(file_.get(), FALLOC_FL_KEEP_SIZE, 0, total) == 0 ||
      errno == EOPNOTSUPP || errno == ENOSYS) {
    return absl::OkStatus();
  }
  return Error("reserve room for", errno);
}

absl::Status PartialFile::ReleaseReserve() {
  const absl::StatusOr<int64_t> size = Size();
  // To the size it has: that frees the blocks behind it.
  return size.ok() ? Truncate(*size) : size.status();
}

bool PartialFile::CloneFrom(int file) {
  return ioctl(file_.get(), FICLONE, file) == 0;
}

absl::Status PartialFile::WriteAt(int64_t offset, absl::string_view bytes) {
  const size_t whole = bytes.size() / kDirectAlignment * kDirectAlignment;
  if (direct_.valid() && whole > 0 && IsAligned(offset, bytes)) {
    const ssize_t written = pwrite(direct_.get(), bytes.data(), whole, offset);
    if (written > 0) {
      offset += written;
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EINVAL) {
      direct_ = UniqueFd();
    } else if (errno != EINTR) {
      return Error("write", errno);
    }
  }
  return WriteAll(file_.get(), offset, bytes, place_.destination);
}

absl::StatusOr<size_t> PartialFile::ReadAt(int64_t offset, char* out,
                                           size_t capacity) const {
  size_t have = 0;
  while (have < capacity) {
    const ssize_t got = pread(file_.get(), out + have, capacity - have,
                              offset + static_cast<int64_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error("read", errno);
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  return have;
}

void PartialFile::StartWriteback(int64_t offset, int64_t size) {
  if (direct_.valid()) return;
  // Advice: what fails here fails again, and is seen, in Sync.
  (void)sync_file_range(file_.get(), offset, size, SYNC_FILE_RANGE_WRITE);
}

absl::Status PartialFile::Sync() {
  if (fdatasync(file_.get()) != 0) return Error("sync", errno);
  return absl::OkStatus();
}

absl::Status PartialFile::SyncDirectory() const {
  if (fsync(place_.directory.get()) != 0) {
    return Error("sync the directory of", errno);
  }
  return absl::OkStatus();
}

absl::optional<ResumeRecord> PartialFile::LoadRecord() const {
  UniqueFd file(openat(place_.directory.get(), RecordName(place_.name).c_str(),
                       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid() || !IsOurs(file.get())) return absl::nullopt;
  std::string text(kMaxRecordBytes + 1, '\0');
  const ssize_t size = pread(file.get(), text.data(), text.size(), 0);
  if (size < 0) return absl::nullopt;
  return ParseResumeRecord(
      absl::string_view(text.data(), static_cast<size_t>(size)));
}

absl::Status PartialFile::SaveRecord(const ResumeRecord& record) {
  const int directory = place_.directory.get();
  const std::string next = NewRecordName(place_.name);
  if (Delete(directory, next) != 0) return Error("renew the record of", errno);
  UniqueFd file(openat(directory, next.c_str(),
                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       kRecordMode));
  if (!file.valid()) return Error("make the record of", errno);
  absl::Status status =
      WriteAll(file.get(), 0, FormatResumeRecord(record), place_.destination);
  if (!status.ok()) return status;
  if (fdatasync(file.get()) != 0 ||
      renameat(directory, next.c_str(), directory,
               RecordName(place_.name).c_str()) != 0) {
    return Error("write the record of", errno);
  }
  return SyncDirectory();
}

absl::Status PartialFile::DropRecord() {
  if (unlinkat(place_.directory.get(), RecordName(place_.name).c_str(), 0) ==
      0) {
    return SyncDirectory();
  }
  return errno == ENOENT ? absl::OkStatus()
                         : Error("delete the record of", errno);
}

absl::Status PartialFile::Rename(bool overwrite) {
  const int directory = place_.directory.get();
  const std::string from = PartialName(place_.name);
  const char* to = place_.name.c_str();
  if (overwrite) {
    if (renameat(directory, from.c_str(), directory, to) == 0) {
      return absl::OkStatus();
    }
    return Error("rename the finished file to", errno);
  }
  int result =
      renameat2(directory, from.c_str(), directory, to, RENAME_NOREPLACE);
  if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {
    // Not every file system knows the flag. link(2) never replaces.
    result = linkat(directory, from.c_str(), directory, to, 0);
    if (result == 0) result = Delete(directory, from);
  }
  if (result == 0) return absl::OkStatus();
  if (errno != EEXIST) return Error("rename the finished file to", errno);
  return MakeError(v1::ERROR_REASON_DESTINATION_EXISTS,
                   absl::StrCat("\"", place_.destination,
                                "\" appeared while it was being downloaded; "
                                "set overwrite to replace it"),
                   {{"destination", place_.destination}});
}

absl::Status PartialFile::Commit(bool overwrite) {
  if (!IsNamed(place_, file_.get())) {
    return MakeError(
        v1::ERROR_REASON_STORAGE_FAILED,
        absl::StrCat("the unfinished file of \"", place_.destination,
                     "\" was replaced by another program"),
        {{"path", place_.destination}});
  }
  absl::Status status = Rename(overwrite);
  if (!status.ok()) return status;
  // After the rename: were it deleted before and the power cut between, the
  // whole file would be there with nothing to tell that it can be trusted.
  if (Delete(place_.directory.get(), RecordName(place_.name)) != 0) {
    leftover_ = Error("delete the record of", errno);
  }
  return SyncDirectory();
}

}  // namespace localstore::fetcher
