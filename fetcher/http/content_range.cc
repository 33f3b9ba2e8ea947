#include "fetcher/http/content_range.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace localstore::fetcher {
namespace {

constexpr absl::string_view kUnit = "bytes ";

bool ParseOffset(absl::string_view text, int64_t& out) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  }) && absl::SimpleAtoi(text, &out);
}

}  // namespace

absl::optional<ContentRange> ParseContentRange(absl::string_view text) {
  if (!absl::StartsWithIgnoreCase(text, kUnit)) return absl::nullopt;
  text.remove_prefix(kUnit.size());
  const size_t slash = text.find('/');
  if (slash == absl::string_view::npos) return absl::nullopt;
  const absl::string_view range = text.substr(0, slash);
  const absl::string_view length = text.substr(slash + 1);
  ContentRange result;
  if (length != "*") {
    result.complete_length.emplace();
    if (!ParseOffset(length, *result.complete_length)) return absl::nullopt;
  }
  if (range == "*") {
    if (!result.complete_length.has_value()) return absl::nullopt;
    return result;
  }
  const size_t dash = range.find('-');
  if (dash == absl::string_view::npos) return absl::nullopt;
  ContentRange::Bounds bounds;
  if (!ParseOffset(range.substr(0, dash), bounds.first) ||
      !ParseOffset(range.substr(dash + 1), bounds.last) ||
      bounds.last < bounds.first ||
      bounds.last >= result.complete_length.value_or(bounds.last + 1)) {
    return absl::nullopt;
  }
  result.bounds = bounds;
  return result;
}

}  // namespace localstore::fetcher
