#include "client/connection/input_file.h"

#include <cerrno>
#include <cstddef>
#include <fstream>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace localstore::client {
namespace {

constexpr size_t kLargestInput = 1 << 20;

absl::Status Unreadable(const std::string& name, int error) {
  return absl::InvalidArgumentError(absl::StrCat(
      "cannot read ", name, ": ", std::generic_category().message(error)));
}

}  // namespace

absl::StatusOr<std::string> ReadInputFile(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return Unreadable(path, errno == 0 ? EIO : errno);
  return ReadInput(file, path);
}

absl::StatusOr<std::string> ReadInput(std::istream& in,
                                      const std::string& name) {
  std::string content(kLargestInput + 1, '\0');
  errno = 0;
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  // A directory opens, but cannot be read.
  if (in.bad()) return Unreadable(name, errno == 0 ? EIO : errno);
  content.resize(static_cast<size_t>(in.gcount()));
  if (content.size() > kLargestInput) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " is larger than 1 MiB"));
  }
  if (content.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(name, " is empty"));
  }
  return content;
}

}  // namespace localstore::client
