#include "fetcher/transfer_watch.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fetcher/monotonic_clock.h"

namespace localstore::fetcher {
namespace {

// Changes come in bursts; one look is enough for all of them.
constexpr absl::Duration kSettle = absl::Milliseconds(50);
constexpr absl::Duration kLookUpTimeout = absl::Seconds(1);
// Shorter silences are usual between busy Apps on one device.
constexpr absl::Duration kSilent = absl::Milliseconds(400);
constexpr absl::Duration kLongSilent = absl::Milliseconds(1500);
// For so long after a change a silence is taken to come from it.
constexpr absl::Duration kFreshChange = absl::Seconds(3);
constexpr absl::Duration kFirstLooksApart = absl::Milliseconds(250);
constexpr int kFirstLooks = 12;
constexpr absl::Duration kLaterLooksApart = absl::Seconds(1);

}  // namespace

TransferWatch::End TransferWatch::Await() {
  while (true) {
    switch (signals_.Wait(
        Signals::kTransferEnded | Signals::kEndpointsChanged,
        std::max(next_look_ - MonotonicNow(), absl::ZeroDuration()))) {
      case Signals::kCancelled:
        return End::kCancelled;
      case Signals::kTransferEnded:
        return End::kEnded;
      case Signals::kEndpointsChanged:
        changed_ = MonotonicNow();
        looks_ = 0;
        next_look_ = changed_ + kSettle;
        break;
      case Signals::kNone:
        if (HasMoved()) return End::kMoved;
        break;
    }
  }
}

bool TransferWatch::HasMoved() {
  const absl::Duration silent_before = subject_.silent_for();
  if (silent_before < kSilent) {
    looks_ = 0;
    next_look_ = MonotonicNow() + std::max(kSilent - silent_before, kSettle);
    return false;
  }
  const Sighting now = LookUp();
  next_look_ =
      now.at + (++looks_ <= kFirstLooks ? kFirstLooksApart : kLaterLooksApart);
  const absl::Duration silent_for = subject_.silent_for();
  switch (JudgeMove(subject_.dialled, subject_.found, now)) {
    case MoveVerdict::kStay:
      return false;
    case MoveVerdict::kLeaveIfSilent:
      return silent_for >= kSilent;
    case MoveVerdict::kLeaveIfLongSilent:
      break;
  }
  const bool fresh = now.at - changed_ < kFreshChange;
  return silent_for >= (fresh ? kSilent : kLongSilent);
}

Sighting TransferWatch::LookUp() {
  Cancellation over;
  const auto stop = [&over] { over.Request(absl::CancelledError("over")); };
  const Cancellation::Registration cancelled(cancellation_, stop);
  const Cancellation::Registration ended(*subject_.ended, stop);
  EndpointSource::Query query = subject_.query;
  query.scheme = "";  // its port takes longer to find, and does not count here
  query.fresh = false;
  query.timeout = kLookUpTimeout;
  absl::StatusOr<std::vector<Endpoint>> found = source_.Find(query, over);
  return {found.ok() ? *std::move(found) : std::vector<Endpoint>(),
          MonotonicNow()};
}

}  // namespace localstore::fetcher
