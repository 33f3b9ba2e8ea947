// Domain names (RFC 1035 section 3.1), compared without regard to ASCII case
// (RFC 6762 section 16).
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"

namespace localstore::resolver::dns {

constexpr size_t kMaxLabelBytes = 63;
constexpr size_t kMaxNameBytes =
    255;  // on the wire, length bytes and root included

// A sequence of labels, each of 1 to 63 arbitrary bytes, 255 on the wire at
// most. Value type; the spelling it was made with is kept.
class Name {
 public:
  Name() = default;  // the root

  // nullopt when a label or the whole is too long, or a label is empty.
  static absl::optional<Name> FromLabels(std::vector<std::string> labels);

  // From presentation form (RFC 1035 section 5.1): labels between dots, one
  // final dot allowed, "." the root, "\DDD" a byte in decimal, a backslash
  // before any other character that character ("\." a dot within a label).
  // nullopt for "", a broken escape and whatever FromLabels refuses.
  static absl::optional<Name> Parse(absl::string_view text);

  absl::Span<const std::string> labels() const { return labels_; }
  bool is_root() const { return labels_.empty(); }

  // Presentation form without the final dot; "." for the root. Dots and
  // backslashes in labels are escaped with a backslash, control bytes as \DDD;
  // bytes of 0x80 and up stay as they are (names are UTF-8, RFC 6762 16).
  std::string ToString() const;

  Name Lowercase() const;  // ASCII letters only

  // This name with `label` put before it; nullopt if that is too long.
  absl::optional<Name> WithPrefix(absl::string_view label) const;
  // All but the first label; the root for the root.
  Name Parent() const;
  // True for the name itself, too.
  bool IsUnder(const Name& ancestor) const;

  friend bool operator==(const Name& a, const Name& b);
  friend bool operator!=(const Name& a, const Name& b) { return !(a == b); }
  friend bool operator<(const Name& a,
                        const Name& b);  // total order, by folded labels

  template <typename H>
  friend H AbslHashValue(H h, const Name& name) {
    return name.HashFolded(std::move(h));
  }

 private:
  template <typename H>
  H HashFolded(H h) const {
    for (const std::string& label : labels_) {
      for (const char c : label) {
        h = H::combine(std::move(h),
                       c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
      }
      h = H::combine(std::move(h), '\0');
    }
    return H::combine(std::move(h), labels_.size());
  }

  std::vector<std::string> labels_;
};

}  // namespace localstore::resolver::dns
