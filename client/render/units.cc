#include "client/render/units.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace localstore::client {
namespace {

constexpr std::array<const char*, 7> kUnits = {"B",   "KiB", "MiB", "GiB",
                                               "TiB", "PiB", "EiB"};
constexpr double kStep = 1024;
// What "%.1f" would round to the next unit.
constexpr double kNextUnit = 1023.95;
constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kMostDays = 99;
// Timestamp's own bounds, years 1 and 9999.
constexpr int64_t kFirstSecond = -62'135'596'800;
constexpr int64_t kLastSecond = 253'402'300'799;

std::string FormatMagnitude(double value) {
  size_t unit = 0;
  while (unit + 1 < kUnits.size() && value >= kNextUnit) {
    value /= kStep;
    ++unit;
  }
  return unit == 0 ? absl::StrFormat("%.0f B", value)
                   : absl::StrFormat("%.1f %s", value, kUnits[unit]);
}

std::string WholeSecondsText(absl::Duration duration) {
  if (duration >= absl::Hours(24 * kMostDays)) {
    return absl::StrCat(">", kMostDays, "d");
  }
  const int64_t seconds = absl::ToInt64Seconds(duration);
  const int64_t minutes = seconds / 60;
  const int64_t hours = minutes / 60;
  if (seconds < 60) return absl::StrFormat("%ds", seconds);
  if (minutes < 60) return absl::StrFormat("%dm%02ds", minutes, seconds % 60);
  if (hours < 24) return absl::StrFormat("%dh%02dm", hours, minutes % 60);
  return absl::StrFormat("%dd%02dh", hours / 24, hours % 24);
}

int64_t ClampNanos(int32_t nanos) {
  return std::clamp<int64_t>(nanos, -kNanosPerSecond + 1, kNanosPerSecond - 1);
}

}  // namespace

std::string BytesText(int64_t bytes) {
  return FormatMagnitude(static_cast<double>(std::max<int64_t>(bytes, 0)));
}

std::string RateText(double bytes_per_second) {
  if (!std::isfinite(bytes_per_second) || bytes_per_second < 0) {
    bytes_per_second = 0;
  }
  bytes_per_second =
      std::min(bytes_per_second,
               static_cast<double>(std::numeric_limits<int64_t>::max()));
  return absl::StrCat(FormatMagnitude(bytes_per_second), "/s");
}

std::string DurationText(absl::Duration duration) {
  duration = std::max(duration, absl::ZeroDuration());
  const double milliseconds = absl::ToDoubleMilliseconds(duration);
  if (milliseconds < 9.95) return absl::StrFormat("%.1fms", milliseconds);
  if (milliseconds < 999.5) return absl::StrFormat("%.0fms", milliseconds);
  if (duration < absl::Milliseconds(9950)) {
    return absl::StrFormat("%.1fs", absl::ToDoubleSeconds(duration));
  }
  return WholeSecondsText(duration + absl::Milliseconds(500));
}

std::string TimeLeftText(absl::Duration duration) {
  return WholeSecondsText(
      absl::Ceil(std::max(duration, absl::ZeroDuration()), absl::Seconds(1)));
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) +
         absl::Nanoseconds(ClampNanos(duration.nanos()));
}

absl::Time FromProto(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(
             std::clamp(timestamp.seconds(), kFirstSecond, kLastSecond)) +
         absl::Nanoseconds(ClampNanos(timestamp.nanos()));
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

}  // namespace localstore::client
