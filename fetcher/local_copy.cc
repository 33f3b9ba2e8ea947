#include "fetcher/local_copy.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "fetcher/pipeline/sha256.h"

namespace localstore::fetcher {
namespace {

constexpr size_t kChunkBytes = 1 << 20;

// For PartialFile::WriteAt past the page cache.
struct FreeChunk {
  void operator()(char* chunk) const { std::free(chunk); }
};
std::unique_ptr<char, FreeChunk> AlignedChunk() {
  return std::unique_ptr<char, FreeChunk>(static_cast<char*>(
      std::aligned_alloc(PartialFile::kDirectAlignment, kChunkBytes)));
}

// Fewer bytes only at the end; negative when the file cannot be read.
ssize_t ReadFully(int file, int64_t offset, char* out) {
  size_t have = 0;
  while (have < kChunkBytes) {
    const ssize_t got = pread(file, out + have, kChunkBytes - have,
                              offset + static_cast<int64_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return got;
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  return static_cast<ssize_t>(have);
}

// The size of a copy that is worth reading; negative when it is not: what is
// too large, say, is left to the source to be refused with the reason.
int64_t UsableSize(int file, const FetchRequest& request) {
  struct stat info = {};
  if (fstat(file, &info) != 0) return -1;
  const bool wrong =
      (request.size_bytes > 0 && info.st_size != request.size_bytes) ||
      (request.max_size_bytes > 0 && info.st_size > request.max_size_bytes);
  return wrong ? -1 : info.st_size;
}

class LocalCopy {
 public:
  LocalCopy(int from, const Cancellation& cancellation, PartialFile& to)
      : from_(from), cancellation_(cancellation), to_(to) {}

  // The digest of what `to` holds then; none when `from` cannot be read.
  absl::StatusOr<absl::optional<std::string>> Make(int64_t size) {
    absl::Status status = Empty();
    if (!status.ok()) return status;
    const bool cloned = to_.CloneFrom(from_);
    if (!cloned) status = to_.Reserve(size);
    if (!status.ok()) return status;
    const auto chunk = AlignedChunk();
    Sha256Stream hash;
    for (int64_t at = 0;;) {
      if (!cancellation_.status().ok()) return cancellation_.status();
      const absl::StatusOr<ssize_t> got =
          cloned ? ReadClone(at, chunk.get()) : Copy(at, chunk.get());
      if (!got.ok()) return got.status();
      if (*got < 0) return absl::optional<std::string>();
      if (*got == 0) break;
      hash.Update({chunk.get(), static_cast<size_t>(*got)});
      at += *got;
    }
    return absl::make_optional(hash.HexDigest());
  }

  // Nothing that was there before is to be gone on with.
  absl::Status Empty() {
    const absl::Status status = to_.DropRecord();
    return status.ok() ? to_.Truncate(0) : status;
  }

 private:
  absl::StatusOr<ssize_t> ReadClone(int64_t at, char* chunk) {
    const absl::StatusOr<size_t> got = to_.ReadAt(at, chunk, kChunkBytes);
    if (!got.ok()) return got.status();
    return static_cast<ssize_t>(*got);
  }

  absl::StatusOr<ssize_t> Copy(int64_t at, char* chunk) {
    const ssize_t got = ReadFully(from_, at, chunk);
    if (got <= 0) return got;
    const absl::Status written =
        to_.WriteAt(at, {chunk, static_cast<size_t>(got)});
    if (!written.ok()) return written;
    to_.StartWriteback(at, got);
    return got;
  }

  const int from_;
  const Cancellation& cancellation_;
  PartialFile& to_;
};

absl::StatusOr<absl::optional<FetchResult>> CopyFrom(
    int from, const FetchRequest& request, const Cancellation& cancellation,
    PartialFile& to) {
  const int64_t size = UsableSize(from, request);
  if (size < 0) return absl::optional<FetchResult>();
  LocalCopy copy(from, cancellation, to);
  const auto digest = copy.Make(size);
  if (!digest.ok()) return digest.status();
  if (*digest != request.sha256) {
    const absl::Status status = copy.Empty();
    if (!status.ok()) return status;
    return absl::optional<FetchResult>();
  }
  const absl::StatusOr<int64_t> copied = to.Size();
  if (!copied.ok()) return copied.status();
  FetchResult result;
  result.sha256 = request.sha256;
  result.size_bytes = *copied;
  result.transferred = false;
  return absl::make_optional(result);
}

}  // namespace

absl::StatusOr<absl::optional<FetchResult>> CopyLocalImage(
    const DownloadDirectory& directory, const FetchRequest& request,
    const Cancellation& cancellation, PartialFile& to) {
  if (request.sha256.empty()) return absl::optional<FetchResult>();
  for (const std::string& destination : request.local_copies) {
    const absl::StatusOr<FilePlace> place =
        directory.Locate(destination, /*create=*/false);
    if (!place.ok()) continue;
    const absl::StatusOr<UniqueFd> file = OpenExistingFile(*place);
    if (!file.ok() || !file->valid()) continue;
    auto copied = CopyFrom(file->get(), request, cancellation, to);
    if (!copied.ok()) return copied;
    if (!copied->has_value()) continue;
    (*copied)->copied_from = destination;
    return copied;
  }
  return absl::optional<FetchResult>();
}

}  // namespace localstore::fetcher
