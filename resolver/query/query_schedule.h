// When a question is asked again. All of the resolver's waits in one place.
#pragma once

#include <algorithm>

#include "absl/time/time.h"
#include "resolver/net/mdns_transport.h"

namespace localstore::resolver {

// RFC 6762 section 5.2: a second at least between the first two queries, then
// twice as long each time, an hour at most.
constexpr absl::Duration kFirstInterval = absl::Seconds(1);
constexpr absl::Duration kLongestInterval = absl::Hours(1);

// A responder keeps silent about what it multicast within the last second
// (section 6), but answers a one-shot query (section 6.7) each time: ask so,
// too, when a multicast query has had time enough and was not answered.
constexpr absl::Duration kOneShotDelay = absl::Milliseconds(250);

// Section 5.2: only when many hosts do, or here many lookups, the same thing at
// the same moment.
constexpr absl::Duration kShortestJitter = absl::Milliseconds(20);
constexpr absl::Duration kLongestJitter = absl::Milliseconds(120);

// How long an IPv6 address waits for an IPv4 one to be preferred, and an
// address for the port of a service. Responders delay answers about services by
// 20 to 120 ms (section 6.3), and those that multicast them within the last
// second give them to the one-shot query alone.
constexpr absl::Duration kFamilyGrace = absl::Milliseconds(150);
constexpr absl::Duration kServiceGrace = absl::Milliseconds(400);

// How long the bridges that have not answered yet are waited for when the first
// one does. Responders answer for a name of their own at once (section 6), so
// that only the machine's load makes one later than another: as long again as
// the first took, from a millisecond to the second of these (and not at all
// when it took longer than that). After that for as long as others still run,
// the Apps' responders perhaps among them, or even wait for a processor; that
// is looked at again each time when half as long again has passed.
constexpr absl::Duration kShortestBridgeGrace = absl::Milliseconds(1);
constexpr absl::Duration kLongestBridgeGrace = absl::Milliseconds(20);
constexpr absl::Duration kSharedBridgeGrace = absl::Milliseconds(3);
constexpr absl::Duration kCrowdedBridgeGrace = absl::Milliseconds(50);

// Which query is sent at `step` (0, 1, 2, ...): multicast at 0, 1, 3, 7, 15 ...
// seconds, and after each the one-shot query.
struct QueryStep {
  absl::Duration at;  // since the first query
  Channel channel = Channel::kMulticast;
};

inline QueryStep LookupStep(int step) {
  absl::Duration at = absl::ZeroDuration();
  absl::Duration interval = kFirstInterval;
  for (int round = 0; round < step / 2; ++round) {
    at += interval;
    interval = std::min(interval * 2, kLongestInterval);
  }
  if (step % 2 == 0) return {at, Channel::kMulticast};
  return {at + kOneShotDelay, Channel::kUnicast};
}

// What to wait after the `sent`th (1, 2, ...) query of a continuous one.
inline absl::Duration BrowseInterval(int sent) {
  absl::Duration interval = kFirstInterval;
  for (int i = 1; i < sent && interval < kLongestInterval; ++i) interval *= 2;
  return std::min(interval, kLongestInterval);
}

}  // namespace localstore::resolver
