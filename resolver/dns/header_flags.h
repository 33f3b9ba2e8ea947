// The second word of a message's header (RFC 1035 section 4.1.1).
#pragma once

#include <cstdint>

namespace localstore::resolver::dns {

constexpr uint16_t kFlagResponse = 0x8000;
constexpr uint16_t kFlagAuthoritative = 0x0400;
constexpr uint16_t kFlagTruncated = 0x0200;
constexpr int kOpcodeShift = 11;
constexpr uint16_t kNibble = 0x000f;  // width of the opcode and of the rcode

// The top bit of a class: QU in a question (RFC 6762 section 5.4), cache-flush
// in a record (section 10.2).
constexpr uint16_t kClassTopBit = 0x8000;

}  // namespace localstore::resolver::dns
