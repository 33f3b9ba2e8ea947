#include "client/terminal/live_lines.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/render/terminal_text.h"

namespace localstore::client {
namespace {

// ECMA-48: cursor up (8.3.22) and erase to the end of the page (8.3.39).
constexpr char kEraseBelow[] = "\x1b[J";

}  // namespace

size_t LiveLines::columns() const {
  return std::max<size_t>(screen_->columns(), 2) - 1;
}

size_t LiveLines::rows() const {
  return std::max<size_t>(screen_->rows(), 2) - 1;
}

// The cursor stands at the end of the last line. A terminal that has become
// narrower has broken the lines, so that they take more rows than were drawn.
std::string LiveLines::Erased() {
  const size_t echoed = std::exchange(echoed_, 0);
  if (drawn_.empty()) return "";
  const size_t width = std::max<size_t>(screen_->columns(), 1);
  size_t taken = 0;
  for (size_t i = 0; i < drawn_.size(); ++i) {
    const size_t columns =
        DisplayWidth(drawn_[i]) + (i + 1 == drawn_.size() ? echoed : 0);
    taken += (std::max<size_t>(columns, 1) + width - 1) / width;
  }
  drawn_.clear();
  const size_t up = std::min(taken, std::max<size_t>(screen_->rows(), 1)) - 1;
  return absl::StrCat("\r", up > 0 ? absl::StrCat("\x1b[", up, "A") : "",
                      kEraseBelow);
}

void LiveLines::Draw(const std::vector<std::string>& lines) {
  std::string out = Erased();
  const size_t count = std::min(lines.size(), rows());
  drawn_.assign(lines.begin(),
                lines.begin() + static_cast<std::ptrdiff_t>(count));
  for (size_t i = 0; i < drawn_.size(); ++i) {
    absl::StrAppend(&out, i == 0 ? "" : "\n", drawn_[i]);
  }
  *screen_->stream << out << std::flush;
}

void LiveLines::Print(const std::string& text) {
  const std::vector<std::string> lines = drawn_;
  *screen_->stream << Erased() << text;
  Draw(lines);
}

void LiveLines::Clear() { *screen_->stream << Erased() << std::flush; }

}  // namespace localstore::client
