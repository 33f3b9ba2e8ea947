#include "fetcher/endpoint_change.h"

#include <algorithm>

namespace localstore::fetcher {
namespace {

// Shorter silences are usual between busy Apps on one device.
constexpr absl::Duration kSilent = absl::Milliseconds(400);
constexpr absl::Duration kFirstLooksApart = absl::Milliseconds(250);
constexpr int kFirstLooks = 12;
constexpr absl::Duration kLaterLooksApart = absl::Seconds(1);

bool Contains(const std::vector<Endpoint>& endpoints, const Endpoint& one) {
  return std::any_of(
      endpoints.begin(), endpoints.end(),
      [&](const Endpoint& endpoint) { return SameEndpoint(endpoint, one); });
}

}  // namespace

bool SameEndpoint(const Endpoint& a, const Endpoint& b) {
  return a.address == b.address && a.bridge == b.bridge;
}

MoveVerdict JudgeMove(const Endpoint& dialled,
                      const std::vector<Endpoint>& before,
                      const std::vector<Endpoint>& now,
                      absl::Duration silent_for) {
  if (now.empty()) return MoveVerdict::kStay;
  const bool has_new = std::any_of(
      now.begin(), now.end(),
      [&](const Endpoint& endpoint) { return !Contains(before, endpoint); });
  if (Contains(now, dialled) && !has_new) return MoveVerdict::kStay;
  return silent_for >= kSilent ? MoveVerdict::kLeave : MoveVerdict::kLookAgain;
}

absl::Duration UntilNextLook(const Endpoint& dialled,
                             const std::vector<Endpoint>& now, int looks) {
  if (looks < kFirstLooks) return kFirstLooksApart;
  return Contains(now, dialled) ? absl::InfiniteDuration() : kLaterLooksApart;
}

}  // namespace localstore::fetcher
