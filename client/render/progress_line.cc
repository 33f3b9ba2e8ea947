#include "client/render/progress_line.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/render/download_text.h"
#include "client/render/error_text.h"
#include "client/render/units.h"

namespace localstore::client {
namespace {

constexpr size_t kNarrowestBar = 8;
constexpr size_t kWidestBar = 40;
constexpr size_t kNarrowestName = 8;
constexpr size_t kWidestName = 32;
constexpr absl::string_view kGap = "  ";

constexpr std::array<const char*, 8> kEighths = {"",  "▏", "▎", "▍",
                                                 "▌", "▋", "▊", "▉"};

double Fraction(int64_t part, int64_t whole) {
  if (whole <= 0) return 0;
  return std::clamp(static_cast<double>(part) / static_cast<double>(whole), 0.0,
                    1.0);
}

std::string Repeat(absl::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) absl::StrAppend(&out, text);
  return out;
}

std::string AsciiBar(size_t columns, size_t resumed, size_t received) {
  if (columns < 3) return Repeat("=", std::min(received, columns));
  const bool partly = received < columns;
  const size_t fresh = received - resumed;
  return absl::StrCat(Repeat("+", resumed), Repeat("=", fresh),
                      partly ? ">" : "",
                      Repeat(" ", columns - received - (partly ? 1 : 0)));
}

std::string BlockBar(size_t columns, size_t resumed, double received_columns) {
  const auto full = static_cast<size_t>(received_columns);
  const size_t eighths =
      full < columns
          ? static_cast<size_t>((received_columns - static_cast<double>(full)) *
                                kEighths.size())
          : 0;
  return absl::StrCat(Repeat("▓", resumed), Repeat("█", full - resumed),
                      kEighths[eighths],
                      Repeat("░", columns - full - (eighths > 0 ? 1 : 0)));
}

std::string Amounts(const v1::Download& download) {
  const std::string received = BytesText(download.received_bytes());
  return download.total_bytes() > 0
             ? absl::StrCat(received, " of ", BytesText(download.total_bytes()))
             : received;
}

std::string TimeLeft(const v1::Download& download) {
  if (!download.has_eta()) return "";
  return absl::StrCat("ETA ", TimeLeftText(FromProto(download.eta())));
}

std::string Resumed(const v1::Download& download) {
  if (download.resumed_bytes() <= 0) return "";
  return absl::StrCat("resumed ", BytesText(download.resumed_bytes()));
}

// "42%", or nothing.
std::string PercentText(const v1::Download& download) {
  const int percent = Percent(download);
  return percent < 0 ? "" : absl::StrFormat("%3d%%", percent);
}

std::string WaitText(const v1::Download& download, absl::Time now,
                     const Style& style) {
  std::string out = "waiting";
  if (download.has_next_attempt_time()) {
    const absl::Duration left = FromProto(download.next_attempt_time()) - now;
    absl::StrAppend(&out, ", next attempt ",
                    left > absl::ZeroDuration()
                        ? absl::StrCat("in ", TimeLeftText(left))
                        : "now");
  }
  if (download.has_error()) {
    absl::StrAppend(&out, ": ", RenderErrorLine(download.error(), style));
  }
  return out;
}

// Words for a state that has no bar.
std::string StateText(const v1::Download& download, absl::Time now,
                      const Style& style) {
  switch (download.state()) {
    case v1::Download::STATE_WAITING:
      return WaitText(download, now, style);
    case v1::Download::STATE_RESOLVING:
      return absl::StrCat("resolving ", style.Safe(HostOf(download.url())));
    case v1::Download::STATE_FAILED:
      return absl::StrCat("failed: ", RenderErrorLine(download.error(), style));
    case v1::Download::STATE_COMPLETED:
      return CompletedText(download);
    default:
      return StateName(download.state());
  }
}

std::string JoinParts(std::vector<std::string> parts, absl::string_view gap) {
  parts.erase(std::remove(parts.begin(), parts.end(), ""), parts.end());
  return absl::StrJoin(parts, gap);
}

// The facts to show, least important last; fewer and fewer are tried.
std::vector<std::string> Facts(const v1::Download& download) {
  std::vector<std::string> facts;
  for (std::string& fact : std::vector<std::string>{
           PercentText(download), RateText(download.bytes_per_second()),
           TimeLeft(download), Amounts(download), Resumed(download)}) {
    if (!fact.empty()) facts.push_back(std::move(fact));
  }
  return facts;
}

std::string TransferLine(const v1::Download& download, size_t width,
                         const Style& style, const ProgressColumns& columns) {
  std::vector<std::string> facts = Facts(download);
  const std::string name = NameOf(download, style);
  const size_t name_width = std::min(
      std::max({DisplayWidth(name), columns.name, size_t{1}}), kWidestName);
  const size_t least_name = std::min(name_width, kNarrowestName);
  const auto facts_width = [&facts] {
    return DisplayWidth(absl::StrJoin(facts, kGap));
  };
  const size_t gaps = 2 * kGap.size() + 2;  // around the bar and its brackets
  while (facts.size() > 2 &&
         least_name + gaps + kNarrowestBar + facts_width() > width) {
    facts.pop_back();
  }
  size_t rest = facts_width();
  if (least_name + gaps + kNarrowestBar + rest > width) {
    const std::string short_line = absl::StrJoin(facts, " ");
    const size_t used = DisplayWidth(short_line) + 1;
    if (width < used + 4) return Truncate(short_line, width);
    return absl::StrCat(Ellipsize(name, width - used), " ", short_line);
  }
  if (least_name + gaps + kNarrowestBar + columns.facts <= width) {
    rest = std::max(rest, columns.facts);
  }
  const size_t bar =
      std::clamp(width - rest - gaps -
                     std::min(name_width, width - rest - gaps - kNarrowestBar),
                 kNarrowestBar, kWidestBar);
  const size_t name_column = std::min(name_width, width - rest - gaps - bar);
  return absl::StrCat(Pad(Ellipsize(name, name_column), name_column), kGap, "[",
                      ProgressBar(download, bar, style.charset), "]", kGap,
                      absl::StrJoin(facts, kGap));
}

}  // namespace

int Percent(const v1::Download& download) {
  if (download.total_bytes() <= 0) return -1;
  if (download.received_bytes() >= download.total_bytes()) return 100;
  return std::min(99, static_cast<int>(100 * Fraction(download.received_bytes(),
                                                      download.total_bytes())));
}

std::string ProgressBar(const v1::Download& download, size_t columns,
                        Charset charset) {
  const double fraction =
      Fraction(download.received_bytes(), download.total_bytes());
  const double received = fraction * static_cast<double>(columns);
  const auto received_columns = static_cast<size_t>(received);
  const auto resumed = std::min(
      received_columns, static_cast<size_t>(Fraction(download.resumed_bytes(),
                                                     download.total_bytes()) *
                                            static_cast<double>(columns)));
  return charset == Charset::kUtf8
             ? BlockBar(columns, resumed, received)
             : AsciiBar(columns, resumed, received_columns);
}

ProgressColumns ColumnsOf(const std::vector<v1::Download>& downloads,
                          const Style& style) {
  ProgressColumns columns;
  for (const v1::Download& download : downloads) {
    columns.name =
        std::max(columns.name, DisplayWidth(NameOf(download, style)));
    if (download.state() != v1::Download::STATE_DOWNLOADING) continue;
    columns.facts = std::max(
        columns.facts, DisplayWidth(absl::StrJoin(Facts(download), kGap)));
  }
  columns.name = std::min(columns.name, kWidestName);
  return columns;
}

std::string ProgressLine(const v1::Download& download, size_t width,
                         absl::Time now, const Style& style,
                         const ProgressColumns& columns) {
  if (width == 0) return "";
  if (download.state() == v1::Download::STATE_DOWNLOADING) {
    return TransferLine(download, width, style, columns);
  }
  const std::string state = StateText(download, now, style);
  const std::string name = NameOf(download, style);
  const size_t name_width =
      std::min(std::max(DisplayWidth(name), columns.name), kWidestName);
  if (width < kNarrowestName + kGap.size() + DisplayWidth(state)) {
    // A reason matters more than the end of it or the whole name.
    const size_t shown = std::min(name_width, kNarrowestName);
    if (width < 3 * kNarrowestName) return Truncate(state, width);
    return Truncate(absl::StrCat(Ellipsize(name, shown), kGap, state), width);
  }
  const size_t room = width - kGap.size() - DisplayWidth(state);
  const size_t name_column = std::min(name_width, room);
  return absl::StrCat(Pad(Ellipsize(name, name_column), name_column), kGap,
                      state);
}

std::string PlainProgressLine(const v1::Download& download, absl::Time now,
                              const Style& style) {
  const std::string name = NameOf(download, style);
  if (download.state() != v1::Download::STATE_DOWNLOADING) {
    return absl::StrCat(name, ": ", StateText(download, now, style));
  }
  const int percent = Percent(download);
  return absl::StrCat(
      name, ": ",
      JoinParts({percent < 0 ? "" : absl::StrCat(percent, "%"),
                 Amounts(download), RateText(download.bytes_per_second()),
                 TimeLeft(download), Resumed(download)},
                ", "));
}

}  // namespace localstore::client
