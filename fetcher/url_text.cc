#include "fetcher/url_text.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace localstore::fetcher {
namespace {

constexpr absl::string_view kMustBeEscaped = "\"<>\\^`{|}";

// RFC 3986, section 3.1.
bool IsScheme(absl::string_view text) {
  if (text.empty() || !absl::ascii_isalpha(static_cast<unsigned char>(text[0])))
    return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '+' ||
           c == '-' || c == '.';
  });
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsEscape(absl::string_view text, size_t at) {
  return at + 2 < text.size() && text[at] == '%' &&
         HexValue(text[at + 1]) >= 0 && HexValue(text[at + 2]) >= 0;
}

std::string EscapeOf(unsigned char byte) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  return {'%', kDigits[byte >> 4], kDigits[byte & 15]};
}

// Cuts `text` at the first of `separators`; the rest begins with it.
absl::string_view TakeUntil(absl::string_view& text,
                            absl::string_view separators) {
  const size_t end = std::min(text.find_first_of(separators), text.size());
  const absl::string_view head = text.substr(0, end);
  text.remove_prefix(end);
  return head;
}

}  // namespace

UriReference SplitUriReference(absl::string_view text) {
  UriReference parts;
  const size_t hash = text.find('#');
  if (hash != absl::string_view::npos) {
    parts.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  const size_t mark = text.find('?');
  if (mark != absl::string_view::npos) {
    parts.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  const size_t colon = text.find(':');
  if (colon != absl::string_view::npos && IsScheme(text.substr(0, colon))) {
    parts.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (absl::StartsWith(text, "//")) {
    text.remove_prefix(2);
    parts.authority = TakeUntil(text, "/");
  }
  parts.path = text;
  return parts;
}

absl::optional<std::string> FindBadUrlCharacter(absl::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '#') {
      return absl::StrCat("has a \"#\" at byte ", i,
                          ": a fragment cannot be fetched, and a \"#\" in a "
                          "name is written %23");
    }
    if (byte == '%' && !IsEscape(text, i)) {
      return absl::StrCat("has a \"%\" at byte ", i,
                          " without two hexadecimal digits after it: a \"%\" "
                          "in a name is written %25");
    }
    if (byte <= ' ' || byte >= 0x7f ||
        kMustBeEscaped.find(text[i]) != absl::string_view::npos) {
      return absl::StrCat("has a character at byte ", i,
                          " that a URL cannot hold as it is: write it ",
                          EscapeOf(byte));
    }
  }
  return absl::nullopt;
}

bool HasDotSegment(absl::string_view path) {
  for (const absl::string_view segment :
       absl::StrSplit(path, absl::ByChar('/'))) {
    const std::string decoded = PercentDecode(segment);
    for (const absl::string_view part :
         absl::StrSplit(decoded, absl::ByAnyChar("/\\"))) {
      if (part == "." || part == "..") return true;
    }
  }
  return false;
}

std::string RemoveDotSegments(absl::string_view path) {
  const bool rooted = absl::StartsWith(path, "/");
  std::vector<absl::string_view> kept;
  const std::vector<absl::string_view> segments =
      absl::StrSplit(path.substr(rooted ? 1 : 0), '/');
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    if (segments[i] != "." && segments[i] != "..") {
      kept.push_back(segments[i]);
      continue;
    }
    if (segments[i] == ".." && !kept.empty()) kept.pop_back();
    // "/a/." and "/a/b/.." name the directory: the slash stays.
    if (last) kept.push_back("");
  }
  return absl::StrCat(rooted ? "/" : "", absl::StrJoin(kept, "/"));
}

std::string PercentDecode(absl::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsEscape(text, i)) {
      decoded.push_back(static_cast<char>(HexValue(text[i + 1]) * 16 +
                                          HexValue(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(text[i]);
    }
  }
  return decoded;
}

}  // namespace localstore::fetcher
