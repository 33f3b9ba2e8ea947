#include "server/images/unfinished_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "fetcher/storage/download_directory.h"
#include "fetcher/storage/partial_names.h"
#include "fetcher/storage/unique_fd.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

// Destinations cannot be longer than a path can (PATH_MAX), so not deeper.
constexpr int kMaxDepth = 64;

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

// nullptr and errno when it cannot be read, or is a link.
Directory OpenDirectory(int parent, const char* name) {
  fetcher::UniqueFd file(
      openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid()) return nullptr;
  Directory directory(fdopendir(file.get()));
  if (directory != nullptr) file.Release();
  return directory;
}

std::string WithoutSuffix(absl::string_view name) {
  for (const absl::string_view suffix :
       {fetcher::kNewRecordSuffix, fetcher::kRecordSuffix,
        fetcher::kPartialSuffix}) {
    if (absl::ConsumeSuffix(&name, suffix)) return std::string(name);
  }
  return "";
}

// A server that is at work on it holds a lock.
bool IsInUse(int directory, const std::string& name) {
  const fetcher::UniqueFd file(openat(
      directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  return file.valid() && flock(file.get(), LOCK_EX | LOCK_NB) != 0;
}

// Each of the files is plain and old, or not there.
bool IsOld(int directory, const std::string& name, absl::Time before) {
  for (const std::string& file :
       {fetcher::PartialName(name), fetcher::RecordName(name),
        fetcher::NewRecordName(name)}) {
    struct stat info = {};
    if (fstatat(directory, file.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      return false;
    }
    if (!S_ISREG(info.st_mode) ||
        absl::TimeFromTimespec(info.st_mtim) > before) {
      return false;
    }
  }
  return !IsInUse(directory, fetcher::PartialName(name));
}

class Search {
 public:
  Search(absl::Time before, size_t max_names)
      : before_(before), names_left_(max_names) {}

  void Look(DIR* directory, const std::string& prefix, int depth) {
    std::set<std::string> unfinished;
    std::vector<std::string> folders;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has this one.
    while (const dirent* entry = readdir(directory)) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (!Count()) return;
      if (fetcher::IsPartialName(name)) unfinished.insert(WithoutSuffix(name));
      if (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) {
        folders.push_back(name);
      }
    }
    const int file = dirfd(directory);
    for (const std::string& name : unfinished) {
      const std::string destination = absl::StrCat(prefix, name);
      if (fetcher::DownloadDirectory::CheckDestination(destination).ok() &&
          IsOld(file, name, before_)) {
        found_.destinations.push_back(destination);
      }
    }
    if (depth == kMaxDepth) return;
    for (const std::string& name : folders) {
      const Directory folder = OpenDirectory(file, name.c_str());
      if (folder == nullptr) continue;
      Look(folder.get(), absl::StrCat(prefix, name, "/"), depth + 1);
    }
  }

  UnfinishedFiles TakeFound() { return std::move(found_); }

 private:
  bool Count() {
    if (names_left_ == 0) found_.complete = false;
    return names_left_ > 0 && names_left_-- > 0;
  }

  const absl::Time before_;
  size_t names_left_;
  UnfinishedFiles found_;
};

}  // namespace

absl::StatusOr<UnfinishedFiles> FindUnfinishedFiles(const std::string& path,
                                                    absl::Time before,
                                                    size_t max_names) {
  const Directory root(opendir(path.c_str()));
  if (root == nullptr) {
    return MakeError(v1::ERROR_REASON_STORAGE_FAILED,
                     absl::StrCat("cannot read the directory \"", path, "\": ",
                                  std::generic_category().message(errno)),
                     {{"path", path}});
  }
  Search search(before, max_names);
  search.Look(root.get(), "", 0);
  return search.TakeFound();
}

}  // namespace localstore::server
