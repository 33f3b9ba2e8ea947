// The list of types at the end of an NSEC record (RFC 4034 section 4.1.2).
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "resolver/dns/message.h"

namespace localstore::resolver::dns {

// Ascending. nullopt when windows are out of order, empty, longer than 32 bytes
// or than what is there. Zero bytes at the end of a window are let pass.
absl::optional<std::vector<Type>> ReadTypeBitmap(
    absl::Span<const uint8_t> bytes);

// `types` in any order.
std::vector<uint8_t> WriteTypeBitmap(absl::Span<const Type> types);

}  // namespace localstore::resolver::dns
