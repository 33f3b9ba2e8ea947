#include "client/doctor/target.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace localstore::client {
namespace {

constexpr int kLargestPort = 65535;

}  // namespace

absl::StatusOr<DoctorTarget> ParseDoctorTarget(absl::string_view text) {
  DoctorTarget target;
  absl::string_view rest = text;
  const size_t scheme = rest.find("://");
  if (scheme != absl::string_view::npos) {
    target.scheme = absl::AsciiStrToLower(rest.substr(0, scheme));
    if (target.scheme != "http" && target.scheme != "https") {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", text, "\" is neither http:// nor https://"));
    }
    rest.remove_prefix(scheme + 3);
    rest = rest.substr(0, rest.find_first_of("/?#"));
  }
  const size_t colon = rest.find(':');
  if (colon != absl::string_view::npos &&
      (!absl::SimpleAtoi(rest.substr(colon + 1), &target.port) ||
       target.port < 1 || target.port > kLargestPort)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", text, "\": the port is not a number from 1 to 65535"));
  }
  target.host = std::string(absl::StripSuffix(rest.substr(0, colon), "."));
  if (target.host.empty() ||
      target.host.find_first_of("/@ ") != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" holds no host like store.local"));
  }
  return target;
}

}  // namespace localstore::client
