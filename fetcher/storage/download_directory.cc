#include "fetcher/storage/download_directory.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "fetcher/storage/partial_names.h"
#include "fetcher/storage/storage_error.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

constexpr size_t kMaxPath = 4095;  // PATH_MAX without its NUL
constexpr size_t kMaxName = 255;   // NAME_MAX
constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t kDirectoryMode = 0755;

absl::Status Invalid(absl::string_view destination, absl::string_view why) {
  return MakeBadRequest(
      {{"destination",
        absl::StrCat(why,
                     "; use a relative path of plain names, such as "
                     "\"images/disk.qcow2\"")}},
      v1::ERROR_REASON_DESTINATION_INVALID,
      {{"destination", std::string(destination)}});
}

absl::Status CheckName(absl::string_view destination, absl::string_view name) {
  if (name.empty()) return Invalid(destination, "has an empty part");
  if (name == "." || name == "..") {
    return Invalid(destination, absl::StrCat("has \"", name, "\" as a part"));
  }
  if (name.size() > kMaxName) {
    return Invalid(destination,
                   absl::StrCat("has a part of over ", kMaxName, " bytes"));
  }
  return absl::OkStatus();
}

// What an open(2) of a directory on the way says of the destination.
absl::Status WayError(const std::string& destination, int error) {
  if (error == ELOOP || error == ENOTDIR || error == EXDEV) {
    return Invalid(destination,
                   "leads through a symbolic link or a file that is no "
                   "directory");
  }
  return StorageError("open the directory of", destination, error);
}

// The parent's path, "" for the download directory itself, and the last name.
std::pair<std::string, std::string> SplitLast(const std::string& destination) {
  const size_t slash = destination.rfind('/');
  if (slash == std::string::npos) return {"", destination};
  return {destination.substr(0, slash), destination.substr(slash + 1)};
}

UniqueFd OpenAt2(int root, const std::string& path) {
  open_how how = {};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return UniqueFd(static_cast<int>(
      syscall(SYS_openat2, root, path.c_str(), &how, sizeof(how))));
}

}  // namespace

absl::StatusOr<std::unique_ptr<DownloadDirectory>> DownloadDirectory::Open(
    const std::string& path, Options options) {
  UniqueFd root(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) {
    return StorageError("open the download directory", path, errno);
  }
  return std::unique_ptr<DownloadDirectory>(
      new DownloadDirectory(std::move(root), options));
}

DownloadDirectory::DownloadDirectory(UniqueFd root, Options options)
    : root_(std::move(root)), options_(options) {}

absl::Status DownloadDirectory::CheckDestination(
    absl::string_view destination) {
  if (destination.empty()) return Invalid(destination, "is empty");
  if (destination.size() > kMaxPath) {
    return Invalid("", absl::StrCat("is over ", kMaxPath, " bytes"));
  }
  if (std::any_of(destination.begin(), destination.end(), [](char c) {
        return absl::ascii_iscntrl(static_cast<unsigned char>(c));
      })) {
    return Invalid("", "holds a NUL or another control character");
  }
  if (destination.front() == '/') {
    return Invalid(destination, "is an absolute path");
  }
  if (destination.back() == '/') {
    return Invalid(destination, "ends in a slash");
  }
  const std::vector<absl::string_view> names = absl::StrSplit(destination, '/');
  for (const absl::string_view name : names) {
    absl::Status status = CheckName(destination, name);
    if (!status.ok()) return status;
  }
  if (IsPartialName(names.back())) {
    return Invalid(destination,
                   "ends like the files that hold unfinished downloads "
                   "(\".part\", \".part.resume\")");
  }
  if (names.back().size() + kLongestPartialSuffix > kMaxName) {
    return Invalid(destination,
                   absl::StrCat("has a file name of over ",
                                kMaxName - kLongestPartialSuffix, " bytes"));
  }
  return absl::OkStatus();
}

absl::StatusOr<FilePlace> DownloadDirectory::Locate(
    const std::string& destination, bool create) const {
  absl::Status status = CheckDestination(destination);
  if (!status.ok()) return status;
  auto [parent, name] = SplitLast(destination);
  absl::StatusOr<UniqueFd> directory = OpenBeneath(parent, destination);
  if (absl::IsNotFound(directory.status()) && create) {
    directory = Walk(parent, destination, true);
  }
  if (!directory.ok()) return directory.status();
  return FilePlace{*std::move(directory), std::move(name), destination};
}

absl::StatusOr<UniqueFd> DownloadDirectory::OpenBeneath(
    const std::string& parent, const std::string& destination) const {
  if (options_.use_openat2) {
    UniqueFd fd = OpenAt2(root_.get(), parent.empty() ? "." : parent);
    if (fd.valid()) return fd;
    if (errno == ENOENT) return absl::NotFoundError("no such directory");
    // Missing in old kernels (ENOSYS), forbidden by old seccomp filters
    // (EPERM), given up in a race with a rename (EAGAIN).
    if (errno != ENOSYS && errno != EPERM && errno != EAGAIN) {
      return WayError(destination, errno);
    }
  }
  return Walk(parent, destination, false);
}

absl::StatusOr<UniqueFd> DownloadDirectory::Walk(const std::string& parent,
                                                 const std::string& destination,
                                                 bool create) const {
  UniqueFd current(openat(root_.get(), ".", kDirectoryFlags));
  if (!current.valid()) return WayError(destination, errno);
  if (parent.empty()) return current;
  // Each name is one without slashes and none is "..": with O_NOFOLLOW a step
  // can only lead one directory down.
  for (const std::string& name :
       std::vector<std::string>(absl::StrSplit(parent, '/'))) {
    if (create) {
      if (mkdirat(current.get(), name.c_str(), kDirectoryMode) == 0) {
        if (fsync(current.get()) != 0) {
          return StorageError("sync the directory of", destination, errno);
        }
      } else if (errno != EEXIST) {
        return StorageError("make the directory of", destination, errno);
      }
    }
    UniqueFd next(openat(current.get(), name.c_str(), kDirectoryFlags));
    if (!next.valid() && errno == ENOENT) {
      return absl::NotFoundError("no such directory");
    }
    if (!next.valid()) return WayError(destination, errno);
    current = std::move(next);
  }
  return current;
}

absl::Status MakeDurable(const FilePlace& place, int file) {
  if (fdatasync(file) == 0 && fsync(place.directory.get()) == 0) {
    return absl::OkStatus();
  }
  return StorageError("sync", place.destination, errno);
}

absl::StatusOr<UniqueFd> OpenExistingFile(const FilePlace& place) {
  // Looked at before it is opened: opening a device can have effects.
  struct stat info = {};
  if (fstatat(place.directory.get(), place.name.c_str(), &info,
              AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return UniqueFd();
    return StorageError("examine", place.destination, errno);
  }
  if (!S_ISREG(info.st_mode)) {
    return Invalid(place.destination,
                   "is a directory, a device or a symbolic link");
  }
  // O_NONBLOCK: were it exchanged for a FIFO, this must not wait for a writer.
  UniqueFd file(openat(place.directory.get(), place.name.c_str(),
                       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid() || fstat(file.get(), &info) != 0) {
    return StorageError("open", place.destination, errno);
  }
  if (!S_ISREG(info.st_mode)) {
    return Invalid(place.destination, "is no plain file");
  }
  return file;
}

}  // namespace localstore::fetcher
