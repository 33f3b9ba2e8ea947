// The images in the download directory.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "fetcher/storage/download_directory.h"
#include "server/jobs/image_files.h"

namespace localstore::server {

class DownloadedImages : public ImageFiles {
 public:
  // `path` must be an existing directory. Errors: STORAGE_FAILED.
  static absl::StatusOr<std::unique_ptr<DownloadedImages>> Open(
      const std::string& path);

  absl::Status Delete(const std::string& destination) override;
  absl::StatusOr<int64_t> FreeBytes() override;

 private:
  DownloadedImages(std::string path,
                   std::unique_ptr<fetcher::DownloadDirectory> directory);

  const std::string path_;
  const std::unique_ptr<fetcher::DownloadDirectory> directory_;
};

}  // namespace localstore::server
