#include "server/requests/field_checks.h"

#include <net/if.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "server/convert/time.h"

namespace localstore::server {
namespace {

constexpr int kMaxBridges = 64;
constexpr size_t kMaxIdBytes = 128;

bool IsVisible(char c) { return c > ' ' && c < 0x7F; }

bool IsInterfaceName(absl::string_view name) {
  return !name.empty() && name.size() < IFNAMSIZ && name != "." &&
         name != ".." && std::all_of(name.begin(), name.end(), [](char c) {
           return c != '/' && c != ':' &&
                  (IsVisible(c) || static_cast<unsigned char>(c) >= 0x80);
         });
}

}  // namespace

absl::Duration CheckDuration(const google::protobuf::Duration& duration,
                             absl::Duration fallback, absl::string_view field,
                             Violations& violations) {
  const absl::optional<absl::Duration> value = FromProto(duration);
  if (!value.has_value()) {
    violations.Add(field,
                   "is no valid duration: seconds and nanos must have one sign "
                   "and be in range");
    return fallback;
  }
  if (*value < absl::ZeroDuration()) {
    violations.Add(field,
                   "is negative; give a positive time, or none for the "
                   "default");
    return fallback;
  }
  return *value == absl::ZeroDuration() ? fallback : *value;
}

std::vector<std::string> CheckBridges(
    const google::protobuf::RepeatedPtrField<std::string>& bridges,
    Violations& violations) {
  if (bridges.size() > kMaxBridges) {
    violations.Add("bridges",
                   absl::StrCat("names ", bridges.size(), " bridges; at most ",
                                kMaxBridges, " are allowed"));
    return {};
  }
  std::vector<std::string> result;
  for (int i = 0; i < bridges.size(); ++i) {
    if (!IsInterfaceName(bridges[i])) {
      violations.Add(
          absl::StrCat("bridges[", i, "]"),
          absl::StrCat("is not the name of an interface (1 to ", IFNAMSIZ - 1,
                       " characters, no space, slash or colon)"));
    } else {
      result.push_back(bridges[i]);
    }
  }
  return result;
}

void CheckBridgesExist(
    const google::protobuf::RepeatedPtrField<std::string>& bridges,
    const std::vector<resolver::BridgeState>& there, Violations& violations) {
  if (there.empty()) return;
  const auto name = [](std::string* out, const resolver::BridgeState& bridge) {
    out->append(bridge.name);
  };
  for (int i = 0; i < std::min(bridges.size(), kMaxBridges); ++i) {
    const std::string field = absl::StrCat("bridges[", i, "]");
    const bool exists = std::any_of(there.begin(), there.end(),
                                    [&](const resolver::BridgeState& bridge) {
                                      return bridge.name == bridges[i];
                                    });
    if (exists || violations.Has(field)) continue;
    violations.Add(field,
                   absl::StrCat("there is no bridge of this name; there are ",
                                absl::StrJoin(there, ", ", name)));
  }
}

void CheckDownloadId(absl::string_view id, absl::string_view field,
                     Violations& violations) {
  if (id.empty()) {
    violations.Add(field, "is empty; name the download by its id");
  } else if (id.size() > kMaxIdBytes ||
             !std::all_of(id.begin(), id.end(), IsVisible)) {
    violations.Add(field,
                   absl::StrCat("must be at most ", kMaxIdBytes,
                                " printable ASCII characters without space"));
  }
}

}  // namespace localstore::server
