// Questions and known answers -> the packets that carry them.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "resolver/dns/message.h"

namespace localstore::resolver {

struct Query {
  uint16_t id = 0;  // 0 for multicast (RFC 6762 section 18.1)
  std::vector<dns::Question> questions;
  std::vector<dns::Record> known_answers;
};

// Upper bound of what `question` or `record` takes in a packet.
size_t WireBytes(const dns::Question& question);
size_t WireBytes(const dns::Record& record);

// Packets of at most kEthernetPayloadBytes, so that none is fragmented. Known
// answers that do not fit go on in further packets, and TC is set in those that
// are followed by some (RFC 6762 section 7.2). Known answers that do not fit in
// `max_packets` are left out. RESOURCE_EXHAUSTED when the questions do not;
// else the writer's errors.
absl::StatusOr<std::vector<std::vector<uint8_t>>> WriteQuery(const Query& query,
                                                             int max_packets);

// Whether `query` goes into one packet.
bool FitsOnePacket(const Query& query);

}  // namespace localstore::resolver
