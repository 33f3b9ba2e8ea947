#include "fetcher/storage/storage_error.h"

#include <cerrno>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {

absl::Status StorageError(absl::string_view doing, absl::string_view path,
                          int error) {
  const std::string cause = std::generic_category().message(error);
  if (error == ENOSPC || error == EDQUOT) {
    return MakeError(
        v1::ERROR_REASON_NO_SPACE,
        absl::StrCat("no room to ", doing, " \"", path, "\": ", cause,
                     "; free space on the disk of the download directory"),
        {{"path", std::string(path)}});
  }
  return MakeError(v1::ERROR_REASON_STORAGE_FAILED,
                   absl::StrCat("cannot ", doing, " \"", path, "\": ", cause),
                   {{"path", std::string(path)}, {"cause", cause}});
}

}  // namespace localstore::fetcher
