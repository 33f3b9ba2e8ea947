// How text may look where it is written to.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "client/render/terminal_text.h"

namespace localstore::client {

enum class Colour { kNone, kRed, kGreen, kYellow, kCyan, kBold, kDim };

struct Style {
  Charset charset = Charset::kAscii;
  bool colours = false;

  // `text` in that colour, if colours are wanted.
  std::string Paint(Colour colour, absl::string_view text) const;
  // Escape() for what came from elsewhere.
  std::string Safe(absl::string_view text) const {
    return Escape(text, charset);
  }
};

}  // namespace localstore::client
