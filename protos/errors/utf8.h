// Text from elsewhere, made fit for Protobuf strings and the log.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace localstore {

// How many bytes the well-formed UTF-8 sequence at the start of `text` has; 0
// if there is none (RFC 3629, section 4). `text` must not be empty.
size_t Utf8SequenceLength(absl::string_view text);

// `text` with U+FFFD in place of each byte that is not part of a well-formed
// sequence: a Protobuf string must be UTF-8, a TXT record need not be.
std::string ToUtf8(absl::string_view text);

// At most `max_bytes` of `text`, cut between characters; what was cut shows as
// a final "…", which is within `max_bytes`, too. `max_bytes` >= 3.
std::string Truncate(absl::string_view text, size_t max_bytes);

}  // namespace localstore
