// Whether to leave a connection because its host has moved.
#pragma once

#include <vector>

#include "absl/time/time.h"
#include "fetcher/endpoint_source.h"

namespace localstore::fetcher {

// Same address on the same bridge.
bool SameEndpoint(const Endpoint& a, const Endpoint& b);

enum class MoveVerdict {
  kStay,
  kLeave,
  kLookAgain,  // it is too early to tell: judge again in kLookAgainAfter
};

constexpr absl::Duration kLookAgainAfter = absl::Milliseconds(250);

// An App that comes back with a new address says nothing on its old
// connections. It is left when it has been silent and either the address that
// was dialled is gone from what is known of the host, or one that was not there
// before has come: the old address is known for a second more (RFC 6762,
// 10.2). Nothing known (`now` empty) says nothing.
MoveVerdict JudgeMove(const Endpoint& dialled,
                      const std::vector<Endpoint>& before,
                      const std::vector<Endpoint>& now,
                      absl::Duration silent_for);

}  // namespace localstore::fetcher
