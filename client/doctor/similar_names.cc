#include "client/doctor/similar_names.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "client/arguments/suggestion.h"

namespace localstore::client {
namespace {

constexpr size_t kLongestName = 255;
constexpr size_t kLeastCommon = 4;

}  // namespace

std::string FirstLabel(absl::string_view host) {
  return std::string(host.substr(0, host.find('.')));
}

bool IsRenamedAfterConflict(absl::string_view seen, absl::string_view host) {
  const std::string seen_label = absl::AsciiStrToLower(FirstLabel(seen));
  absl::string_view rest = seen_label;
  if (!absl::ConsumePrefix(&rest, absl::AsciiStrToLower(FirstLabel(host))) ||
      !absl::ConsumePrefix(&rest, "-") || rest.empty()) {
    return false;
  }
  return rest.find_first_not_of("0123456789") == absl::string_view::npos;
}

bool IsSimilarName(absl::string_view seen, absl::string_view host) {
  if (seen.size() > kLongestName || host.size() > kLongestName) return false;
  const std::string a = absl::AsciiStrToLower(FirstLabel(seen));
  const std::string b = absl::AsciiStrToLower(FirstLabel(host));
  if (a.empty() || b.empty() || a == b) return false;
  if (std::min(a.size(), b.size()) >= kLeastCommon &&
      (absl::StrContains(a, b) || absl::StrContains(b, a))) {
    return true;
  }
  const size_t longer = std::max(a.size(), b.size());
  const size_t tolerated =
      std::max<size_t>(1, std::min(a.size(), b.size()) / 4);
  return longer - std::min(a.size(), b.size()) <= tolerated &&
         static_cast<size_t>(EditDistance(a, b)) <= tolerated;
}

int NameDistance(absl::string_view seen, absl::string_view host) {
  return EditDistance(absl::AsciiStrToLower(FirstLabel(seen)),
                      absl::AsciiStrToLower(FirstLabel(host)));
}

}  // namespace localstore::client
