#include "fetcher/size_limits.h"

#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

absl::Status Mismatch(int64_t actual, int64_t expected,
                      absl::string_view at_least) {
  return MakeError(
      v1::ERROR_REASON_SIZE_MISMATCH,
      absl::StrCat("the image has ", at_least, actual, " bytes, not the ",
                   expected, " that were asked for"),
      {{"expected", absl::StrCat(expected)}, {"actual", absl::StrCat(actual)}});
}

absl::Status TooLarge(int64_t actual, int64_t limit,
                      absl::string_view at_least) {
  return MakeError(
      v1::ERROR_REASON_TOO_LARGE,
      absl::StrCat("the image has ", at_least, actual, " bytes; the limit is ",
                   limit),
      {{"limit", absl::StrCat(limit)}, {"actual", absl::StrCat(actual)}});
}

}  // namespace

absl::Status CheckTotal(int64_t total, int64_t size_bytes,
                        int64_t max_size_bytes) {
  if (size_bytes > 0 && total != size_bytes) {
    return Mismatch(total, size_bytes, "");
  }
  if (max_size_bytes > 0 && total > max_size_bytes) {
    return TooLarge(total, max_size_bytes, "");
  }
  return absl::OkStatus();
}

absl::Status CheckSoFar(int64_t so_far, int64_t size_bytes,
                        int64_t max_size_bytes) {
  if (size_bytes > 0 && so_far > size_bytes) {
    return Mismatch(so_far, size_bytes, "at least ");
  }
  if (max_size_bytes > 0 && so_far > max_size_bytes) {
    return TooLarge(so_far, max_size_bytes, "at least ");
  }
  return absl::OkStatus();
}

}  // namespace localstore::fetcher
