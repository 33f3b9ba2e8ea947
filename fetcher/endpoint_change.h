// Whether to leave a connection because its host has moved.
#pragma once

#include <vector>

#include "absl/time/time.h"
#include "fetcher/endpoint_source.h"

namespace localstore::fetcher {

// Same address on the same bridge.
bool SameEndpoint(const Endpoint& a, const Endpoint& b);

// What was known of a host at a time of the monotonic clock.
struct Sighting {
  std::vector<Endpoint> endpoints;
  absl::Time at;
};

// What a connection must be, to be left.
enum class MoveVerdict {
  kStay,           // nothing speaks for a move
  kLeaveIfSilent,  // the address that was dialled is gone
  // Another one was announced after it: a host may have two, and be slow.
  kLeaveIfLongSilent,
};

// An App that comes back with a new address says nothing on its old
// connections. Either the address that was dialled is gone from what is known
// of the host, or another was announced since it was dialled (`before`), and
// later than it: the old one is known for a second more (RFC 6762, 10.2), and
// without cache-flush bit for as long as it was to live. How late an answer
// came is seen from when it ends. Nothing known (`now` empty) says nothing.
MoveVerdict JudgeMove(const Endpoint& dialled, const Sighting& before,
                      const Sighting& now);

}  // namespace localstore::fetcher
