// A message -> bytes for the network, with name compression.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "resolver/dns/message.h"

namespace localstore::resolver::dns {

// RFC 6762 section 17: what fits an Ethernet frame behind IPv6 and UDP headers,
// and the most that is ever allowed.
constexpr size_t kEthernetPayloadBytes = 1440;
constexpr size_t kMaxMessageBytes = 8952;

// In a query, no answer gets the cache-flush bit, whatever the record says (RFC
// 6762 section 10.2). Types of an NSEC record are written in ascending order, a
// TXT record without strings as one with an empty string.
//
// RESOURCE_EXHAUSTED when it would be longer than `max_bytes`, or than
// kMaxMessageBytes; INVALID_ARGUMENT when a record's data does not go with its
// type and class, a string is over 255 bytes, a class has its top bit set (save
// OPT's), or an opcode or rcode is over 15.
absl::StatusOr<std::vector<uint8_t>> WriteMessage(
    const Message& message, size_t max_bytes = kMaxMessageBytes);

}  // namespace localstore::resolver::dns
