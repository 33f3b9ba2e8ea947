#include "resolver/net/system_error.h"

#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "protos/errors/error.h"

namespace localstore::resolver {

absl::Status SystemError(absl::string_view what, int error_number) {
  return MakeError(
      v1::ERROR_REASON_INTERNAL,
      absl::StrCat(what, ": ", std::generic_category().message(error_number)),
      {{"errno", std::to_string(error_number)}});
}

}  // namespace localstore::resolver
