#include "resolver/dns/name.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace localstore::resolver::dns {
namespace {

// Not the locale's, and not for non-ASCII letters: RFC 6762 section 16.
char Fold(char c) { return absl::ascii_tolower(static_cast<unsigned char>(c)); }

bool SameFolded(const std::string& a, const std::string& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](char x, char y) { return Fold(x) == Fold(y); });
}

bool LessFolded(const std::string& a, const std::string& b) {
  return std::lexicographical_compare(
      a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return static_cast<uint8_t>(Fold(x)) < static_cast<uint8_t>(Fold(y));
      });
}

size_t WireBytes(absl::Span<const std::string> labels) {
  size_t bytes = 1;  // the root
  for (const std::string& label : labels) bytes += 1 + label.size();
  return bytes;
}

// Takes one escape, whose backslash is gone, off the front of `text`.
absl::optional<char> TakeEscaped(absl::string_view& text) {
  if (text.empty()) return absl::nullopt;
  if (!absl::ascii_isdigit(static_cast<unsigned char>(text[0]))) {
    const char c = text[0];
    text.remove_prefix(1);
    return c;
  }
  if (text.size() < 3) return absl::nullopt;
  int value = 0;
  for (const char digit : text.substr(0, 3)) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(digit))) {
      return absl::nullopt;
    }
    value = value * 10 + (digit - '0');
  }
  if (value > 255) return absl::nullopt;
  text.remove_prefix(3);
  return static_cast<char>(value);
}

void AppendEscaped(std::string& out, const std::string& label) {
  for (const char c : label) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      absl::StrAppendFormat(&out, "\\%03d", static_cast<unsigned char>(c));
      continue;
    }
    if (c == '.' || c == '\\') out += '\\';
    out += c;
  }
}

}  // namespace

absl::optional<Name> Name::FromLabels(std::vector<std::string> labels) {
  for (const std::string& label : labels) {
    if (label.empty() || label.size() > kMaxLabelBytes) return absl::nullopt;
  }
  if (WireBytes(labels) > kMaxNameBytes) return absl::nullopt;
  Name name;
  name.labels_ = std::move(labels);
  return name;
}

absl::optional<Name> Name::Parse(absl::string_view text) {
  if (text == ".") return Name();
  if (text.empty()) return absl::nullopt;
  std::vector<std::string> labels(1);
  while (!text.empty()) {
    char c = text[0];
    text.remove_prefix(1);
    if (c == '.') {
      if (text.empty()) break;  // the final dot
      labels.emplace_back();
      continue;
    }
    if (c == '\\') {
      const absl::optional<char> escaped = TakeEscaped(text);
      if (!escaped.has_value()) return absl::nullopt;
      c = *escaped;
    }
    labels.back() += c;
  }
  return FromLabels(std::move(labels));
}

std::string Name::ToString() const {
  if (is_root()) return ".";
  std::string out;
  for (const std::string& label : labels_) {
    if (!out.empty()) out += '.';
    AppendEscaped(out, label);
  }
  return out;
}

Name Name::Lowercase() const {
  Name lower = *this;
  for (std::string& label : lower.labels_) {
    std::transform(label.begin(), label.end(), label.begin(), Fold);
  }
  return lower;
}

absl::optional<Name> Name::WithPrefix(absl::string_view label) const {
  std::vector<std::string> labels;
  labels.reserve(labels_.size() + 1);
  labels.emplace_back(label);
  labels.insert(labels.end(), labels_.begin(), labels_.end());
  return FromLabels(std::move(labels));
}

Name Name::Parent() const {
  Name parent;
  if (!is_root()) {
    parent.labels_.assign(std::next(labels_.begin()), labels_.end());
  }
  return parent;
}

bool Name::IsUnder(const Name& ancestor) const {
  return labels_.size() >= ancestor.labels_.size() &&
         std::equal(ancestor.labels_.rbegin(), ancestor.labels_.rend(),
                    labels_.rbegin(), SameFolded);
}

bool operator==(const Name& a, const Name& b) {
  return std::equal(a.labels_.begin(), a.labels_.end(), b.labels_.begin(),
                    b.labels_.end(), SameFolded);
}

bool operator<(const Name& a, const Name& b) {
  return std::lexicographical_compare(a.labels_.begin(), a.labels_.end(),
                                      b.labels_.begin(), b.labels_.end(),
                                      LessFolded);
}

}  // namespace localstore::resolver::dns
