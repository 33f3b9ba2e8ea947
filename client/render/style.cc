#include "client/render/style.h"

#include "absl/strings/str_cat.h"

namespace localstore::client {
namespace {

// ECMA-48, 8.3.117: select graphic rendition.
absl::string_view Code(Colour colour) {
  switch (colour) {
    case Colour::kRed:
      return "31";
    case Colour::kGreen:
      return "32";
    case Colour::kYellow:
      return "33";
    case Colour::kCyan:
      return "36";
    case Colour::kBold:
      return "1";
    case Colour::kDim:
      return "2";
    case Colour::kNone:
      break;
  }
  return "";
}

}  // namespace

std::string Style::Paint(Colour colour, absl::string_view text) const {
  if (!colours || colour == Colour::kNone || text.empty()) {
    return std::string(text);
  }
  return absl::StrCat("\x1b[", Code(colour), "m", text, "\x1b[0m");
}

}  // namespace localstore::client
