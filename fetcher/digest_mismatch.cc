#include "fetcher/digest_mismatch.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {

absl::Status DigestMismatch(absl::string_view what, absl::string_view actual,
                            absl::string_view expected) {
  return MakeError(
      v1::ERROR_REASON_DIGEST_MISMATCH,
      absl::StrCat(what, " has SHA-256 ", actual, ", not ", expected,
                   " as it should"),
      {{"expected", std::string(expected)}, {"actual", std::string(actual)}});
}

}  // namespace localstore::fetcher
