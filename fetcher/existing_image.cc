#include "fetcher/existing_image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "fetcher/pipeline/sha256.h"
#include "fetcher/storage/storage_error.h"

namespace localstore::fetcher {
namespace {

constexpr size_t kReadBytes = 1 << 20;

absl::StatusOr<std::string> HashFile(int file, const std::string& destination,
                                     const Cancellation& cancellation) {
  (void)posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
  Sha256Stream hash;
  std::vector<char> chunk(kReadBytes);
  for (off_t at = 0;;) {
    if (!cancellation.status().ok()) return cancellation.status();
    const ssize_t got = pread(file, chunk.data(), chunk.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return StorageError("read", destination, errno);
    if (got == 0) return hash.HexDigest();
    hash.Update({chunk.data(), static_cast<size_t>(got)});
    at += got;
  }
}

}  // namespace

absl::StatusOr<absl::optional<FetchResult>> MatchExistingImage(
    int file, const FetchRequest& request, const Cancellation& cancellation) {
  if (request.sha256.empty()) return absl::optional<FetchResult>();
  struct stat info = {};
  if (fstat(file, &info) != 0) {
    return StorageError("examine", request.destination, errno);
  }
  if (request.size_bytes > 0 && info.st_size != request.size_bytes) {
    return absl::optional<FetchResult>();
  }
  const absl::StatusOr<std::string> digest =
      HashFile(file, request.destination, cancellation);
  if (!digest.ok()) return digest.status();
  if (*digest != request.sha256) return absl::optional<FetchResult>();
  FetchResult result;
  result.sha256 = *digest;
  result.size_bytes = info.st_size;
  result.transferred = false;
  return absl::make_optional(result);
}

}  // namespace localstore::fetcher
