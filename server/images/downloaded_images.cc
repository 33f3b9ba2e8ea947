#include "server/images/downloaded_images.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

absl::Status Failed(absl::string_view what, const std::string& where) {
  const int error = errno;
  return MakeError(v1::ERROR_REASON_STORAGE_FAILED,
                   absl::StrCat("cannot ", what, " \"", where, "\": ",
                                std::generic_category().message(error)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<DownloadedImages>> DownloadedImages::Open(
    const std::string& path) {
  auto directory = fetcher::DownloadDirectory::Open(path, {});
  if (!directory.ok()) return directory.status();
  return std::unique_ptr<DownloadedImages>(
      new DownloadedImages(path, *std::move(directory)));
}

DownloadedImages::DownloadedImages(
    std::string path, std::unique_ptr<fetcher::DownloadDirectory> directory)
    : path_(std::move(path)), directory_(std::move(directory)) {}

absl::Status DownloadedImages::Delete(const std::string& destination) {
  const auto place = directory_->Locate(destination, /*create=*/false);
  if (absl::IsNotFound(place.status())) return absl::OkStatus();
  if (!place.ok()) return place.status();
  const auto file = fetcher::OpenExistingFile(*place);
  if (!file.ok()) return file.status();
  if (!file->valid()) return absl::OkStatus();
  if (unlinkat(place->directory.get(), place->name.c_str(), 0) != 0 &&
      errno != ENOENT) {
    return Failed("delete", destination);
  }
  if (fsync(place->directory.get()) != 0) {
    return Failed("sync the directory of", destination);
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> DownloadedImages::FreeBytes() {
  struct statvfs space {};
  if (statvfs(path_.c_str(), &space) != 0) {
    return Failed("tell the free space of", path_);
  }
  return static_cast<int64_t>(space.f_bavail) *
         static_cast<int64_t>(space.f_frsize);
}

}  // namespace localstore::server
