#include "client/arguments/values.h"

#include <cmath>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace localstore::client {
namespace {

constexpr double kInt64Limit = 9223372036854775808.0;  // 2^63

bool IsPlainNumber(absl::string_view text) {
  return !text.empty() && absl::ascii_isdigit(text.front()) &&
         text.find_first_not_of("0123456789.") == absl::string_view::npos;
}

// 1 for "", 1024 for "k" and "kib", 1000 for "kb"...; 0 for what is no unit.
double UnitFactor(absl::string_view unit) {
  if (unit.empty() || unit == "b") return 1;
  const size_t power = absl::string_view("kmgtpe").find(unit.front());
  if (power == absl::string_view::npos) return 0;
  const absl::string_view rest = unit.substr(1);
  if (rest.empty() || rest == "ib") return std::pow(1024, power + 1);
  if (rest == "b") return std::pow(1000, power + 1);
  return 0;
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDurationValue(absl::string_view text) {
  absl::Duration duration;
  const std::string with_unit =
      IsPlainNumber(text) ? absl::StrCat(text, "s") : std::string(text);
  if (!absl::ParseDuration(with_unit, &duration) ||
      duration < absl::ZeroDuration() || duration == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", text, "\" is not a duration like 30s, 1m30s or 250ms"));
  }
  return duration;
}

absl::StatusOr<int64_t> ParseByteCount(absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  const size_t digits = lower.find_first_not_of("0123456789.");
  const absl::string_view number = absl::string_view(lower).substr(0, digits);
  const absl::string_view unit = digits == std::string::npos
                                     ? absl::string_view()
                                     : absl::string_view(lower).substr(digits);
  const double factor = UnitFactor(unit);
  int64_t whole = 0;
  if (factor == 1 && absl::SimpleAtoi(number, &whole)) return whole;
  double value = 0;
  if (factor == 0 || !IsPlainNumber(number) ||
      !absl::SimpleAtod(number, &value) || value * factor >= kInt64Limit) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", text, "\" is not a number of bytes like 4096, 10M or 1.5GiB"));
  }
  return static_cast<int64_t>(value * factor);
}

absl::StatusOr<int64_t> ParseByteRate(absl::string_view text) {
  absl::string_view count = text;
  if (!absl::ConsumeSuffix(&count, "/s")) absl::ConsumeSuffix(&count, "/S");
  absl::StatusOr<int64_t> rate = ParseByteCount(count);
  if (rate.ok()) return rate;
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", text, "\" is not a rate in bytes a second like 500K or 10M"));
}

absl::StatusOr<bool> ParseSwitch(absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  if (lower == "true" || lower == "yes" || lower == "1") return true;
  if (lower == "false" || lower == "no" || lower == "0") return false;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is neither true nor false"));
}

}  // namespace localstore::client
