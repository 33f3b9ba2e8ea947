// Text that is safe and aligned on a terminal, whoever wrote it.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace localstore::client {

enum class Charset { kAscii, kUtf8 };

// `text` with everything that a terminal would act on made visible: control
// characters (C0, DEL, C1), line and paragraph separators, bidirectional
// overrides, invisible characters and what is not valid UTF-8, as "\x1b" or
// "\u202e". With kAscii also every character beyond ASCII. The result has one
// line.
std::string Escape(absl::string_view text, Charset charset = Charset::kUtf8);

// Whether it is UTF-8 as RFC 3629 has it.
bool IsValidUtf8(absl::string_view text);

// Columns that `text`, valid UTF-8 without control characters, takes up.
size_t DisplayWidth(absl::string_view text);

// The beginning of `text` that takes at most `width` columns.
std::string Truncate(absl::string_view text, size_t width);

// `text` in at most `width` columns, its middle replaced by "..." if need be,
// so that the end of a file's name stays to be seen.
std::string Ellipsize(absl::string_view text, size_t width);

// `text` followed by spaces up to `width` columns.
std::string Pad(absl::string_view text, size_t width);

}  // namespace localstore::client
