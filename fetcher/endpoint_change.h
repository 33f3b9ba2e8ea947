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
  kLookAgain,  // it is too early to tell: judge again after UntilNextLook
};

// An App that comes back with a new address says nothing on its old
// connections. It is left when it has been silent and either the address that
// was dialled is gone from what is known of the host, or one that was not there
// before has come: the old address is known for a second more (RFC 6762,
// 10.2). Nothing known (`now` empty) says nothing.
MoveVerdict JudgeMove(const Endpoint& dialled,
                      const std::vector<Endpoint>& before,
                      const std::vector<Endpoint>& now,
                      absl::Duration silent_for);

// After so many verdicts of kLookAgain since the last change. The first looks
// are close together. Then, with the dialled address still known and the
// transfer alive, that is how the host is, and infinite is the answer. With the
// address gone it is looked at now and then: a transfer that a limit holds back
// may live for long on what had come before.
absl::Duration UntilNextLook(const Endpoint& dialled,
                             const std::vector<Endpoint>& now, int looks);

}  // namespace localstore::fetcher
