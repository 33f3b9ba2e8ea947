// The Content-Range field (RFC 9110, section 14.4).
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace localstore::fetcher {

struct ContentRange {
  // Of the range that is sent, the last byte included; none in an answer that
  // the range cannot be satisfied.
  struct Bounds {
    int64_t first = 0;
    int64_t last = 0;
  };
  absl::optional<Bounds> bounds;
  absl::optional<int64_t> complete_length;  // none: not known to the sender
};

// None when it is not a valid Content-Range in bytes.
absl::optional<ContentRange> ParseContentRange(absl::string_view text);

}  // namespace localstore::fetcher
