// Bytes from the network -> a message. Nothing here trusts a byte.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "resolver/dns/message.h"

namespace localstore::resolver::dns {

struct ReadLimits {
  int max_questions = 256;
  int max_records = 512;  // over all sections
};

struct ReadResult {
  Message message;
  // Records whose rdata could not be read and that were left out; reading went
  // on behind them.
  int records_skipped = 0;
  // "" or where reading stopped before the end, in words: a framing error, a
  // limit, bytes left over. What came before is in `message`.
  std::string problem;
};

// Reads as much of a message as is sound: a record with malformed rdata is left
// out, reading stops at the first framing error, bytes behind the last record
// are ignored. Compression pointers must point strictly backwards (RFC 1035
// section 4.1.4), in rdata, too (RFC 6762 section 18.14). An NSEC that cannot
// be read never drops more than itself (RFC 6762 section 6.1). A TXT record
// without strings is read as one with an empty string (RFC 6763 section 6.1).
// The class of an OPT record keeps its top bit (RFC 6762 section 10.2).
//
// INVALID_ARGUMENT when there is no message at all: shorter than a header, or
// the first question or record cannot be framed. Time is linear in the bytes;
// memory is bounded by the limits, and by 64 KiB of names, expanded.
absl::StatusOr<ReadResult> ReadMessage(absl::Span<const uint8_t> bytes,
                                       const ReadLimits& limits = ReadLimits());

}  // namespace localstore::resolver::dns
