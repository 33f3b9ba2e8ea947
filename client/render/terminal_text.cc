#include "client/render/terminal_text.h"

#include <algorithm>
#include <clocale>
#include <cstdint>
#include <cwchar>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace localstore::client {
namespace {

constexpr absl::string_view kEllipsis = "...";

struct Character {
  absl::string_view bytes;
  bool valid = false;  // else one byte that is not UTF-8
  uint32_t code = 0;   // the byte itself when not valid
};

bool IsContinuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

// RFC 3629: length by the first byte, no surrogates, no overlong forms.
size_t SequenceLength(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  if (first >= 0xF0 && first <= 0xF4) return 4;
  return 0;
}

Character FirstCharacter(absl::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const Character invalid{text.substr(0, 1), false, first};
  const size_t length = SequenceLength(first);
  if (length == 0 || length > text.size()) return invalid;
  uint32_t code = length == 1 ? first : first & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return invalid;
    code = (code << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  const bool overlong =
      (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return invalid;
  return {text.substr(0, length), true, code};
}

std::vector<Character> Characters(absl::string_view text) {
  std::vector<Character> characters;
  while (!text.empty()) {
    characters.push_back(FirstCharacter(text));
    text.remove_prefix(characters.back().bytes.size());
  }
  return characters;
}

// Characters that move the cursor, reorder the line or cannot be seen.
bool ActsOnTerminal(uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0xAD ||
         code == 0x61C || code == 0x180E ||
         (code >= 0x200B && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
         (code >= 0xFFF9 && code <= 0xFFFB) ||
         (code >= 0xE0000 && code <= 0xE0FFF);
}

// The widths of Unicode, whatever locale the program runs in.
locale_t Utf8Locale() {
  static const locale_t locale =
      newlocale(LC_CTYPE_MASK, "C.UTF-8", static_cast<locale_t>(nullptr));
  return locale;
}

size_t WidthOf(const Character& character) {
  if (!character.valid || character.code < 0x80) return 1;
  if (Utf8Locale() == static_cast<locale_t>(nullptr)) return 1;
  const locale_t before = uselocale(Utf8Locale());
  const int width = wcwidth(static_cast<wchar_t>(character.code));
  uselocale(before);
  return width < 0 ? 1 : static_cast<size_t>(width);
}

// The end of `text` that takes at most `width` columns.
std::string Ending(absl::string_view text, size_t width) {
  const std::vector<Character> characters = Characters(text);
  size_t taken = 0;
  size_t bytes = 0;
  for (auto it = characters.rbegin(); it != characters.rend(); ++it) {
    taken += WidthOf(*it);
    if (taken > width) break;
    bytes += it->bytes.size();
  }
  return std::string(text.substr(text.size() - bytes));
}

}  // namespace

std::string Escape(absl::string_view text, Charset charset) {
  std::string out;
  for (const Character& character : Characters(text)) {
    if (character.valid && !ActsOnTerminal(character.code) &&
        (character.code < 0x80 || charset == Charset::kUtf8)) {
      absl::StrAppend(&out, character.bytes);
    } else if (!character.valid || character.code < 0x80) {
      absl::StrAppendFormat(&out, "\\x%02x", character.code);
    } else {
      absl::StrAppendFormat(&out, "\\u%04x", character.code);
    }
  }
  return out;
}

bool IsValidUtf8(absl::string_view text) {
  const std::vector<Character> characters = Characters(text);
  return std::all_of(
      characters.begin(), characters.end(),
      [](const Character& character) { return character.valid; });
}

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  for (const Character& character : Characters(text)) {
    width += WidthOf(character);
  }
  return width;
}

std::string Truncate(absl::string_view text, size_t width) {
  size_t taken = 0;
  size_t bytes = 0;
  for (const Character& character : Characters(text)) {
    taken += WidthOf(character);
    if (taken > width) break;
    bytes += character.bytes.size();
  }
  return std::string(text.substr(0, bytes));
}

std::string Ellipsize(absl::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width <= kEllipsis.size()) return Truncate(text, width);
  const size_t rest = width - kEllipsis.size();
  return absl::StrCat(Truncate(text, rest - rest / 2), kEllipsis,
                      Ending(text, rest / 2));
}

std::string Pad(absl::string_view text, size_t width) {
  const size_t taken = DisplayWidth(text);
  return absl::StrCat(text,
                      std::string(taken < width ? width - taken : 0, ' '));
}

}  // namespace localstore::client
