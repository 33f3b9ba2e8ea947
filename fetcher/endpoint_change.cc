#include "fetcher/endpoint_change.h"

#include <algorithm>

namespace localstore::fetcher {
namespace {

// Records that one answer brings together end together, but for what their
// ways through caches take.
constexpr absl::Duration kLater = absl::Seconds(1);

// When what is known of `one` ends; InfinitePast when it is not known.
absl::Time EndOf(const Endpoint& one, const Sighting& sighting) {
  const auto found = std::find_if(
      sighting.endpoints.begin(), sighting.endpoints.end(),
      [&](const Endpoint& endpoint) { return SameEndpoint(endpoint, one); });
  return found == sighting.endpoints.end() ? absl::InfinitePast()
                                           : sighting.at + found->ttl;
}

}  // namespace

bool SameEndpoint(const Endpoint& a, const Endpoint& b) {
  return a.address == b.address && a.bridge == b.bridge;
}

MoveVerdict JudgeMove(const Endpoint& dialled, const Sighting& before,
                      const Sighting& now) {
  if (now.endpoints.empty()) return MoveVerdict::kStay;
  const absl::Time end = EndOf(dialled, now);
  if (end == absl::InfinitePast()) return MoveVerdict::kLeaveIfSilent;
  const bool other_is_newer = std::any_of(
      now.endpoints.begin(), now.endpoints.end(), [&](const Endpoint& other) {
        if (SameEndpoint(other, dialled)) return false;
        const absl::Time end_before = EndOf(other, before);
        if (end_before == absl::InfinitePast()) return true;
        const absl::Time other_end = EndOf(other, now);
        return other_end > end_before + kLater && other_end > end + kLater;
      });
  return other_is_newer ? MoveVerdict::kLeaveIfLongSilent : MoveVerdict::kStay;
}

}  // namespace localstore::fetcher
