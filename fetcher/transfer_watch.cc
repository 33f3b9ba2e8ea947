#include "fetcher/transfer_watch.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fetcher/endpoint_change.h"
#include "fetcher/monotonic_clock.h"

namespace localstore::fetcher {
namespace {

// Changes come in bursts; one look is enough for all of them.
constexpr absl::Duration kSettle = absl::Milliseconds(50);
constexpr absl::Duration kLookUpTimeout = absl::Seconds(1);

}  // namespace

TransferWatch::End TransferWatch::Await() {
  while (true) {
    switch (signals_.Wait(Signals::kTransferEnded | Signals::kEndpointsChanged,
                          next_look_ - MonotonicNow())) {
      case Signals::kCancelled:
        return End::kCancelled;
      case Signals::kTransferEnded:
        return End::kEnded;
      case Signals::kEndpointsChanged:
        looks_ = 0;
        next_look_ = std::min(next_look_, MonotonicNow() + kSettle);
        break;
      case Signals::kNone:
        if (HasMoved()) return End::kMoved;
        break;
    }
  }
}

bool TransferWatch::HasMoved() {
  std::vector<Endpoint> now = LookUp();
  next_look_ = absl::InfiniteFuture();
  switch (JudgeMove(subject_.dialled, subject_.endpoints, now,
                    subject_.silent_for())) {
    case MoveVerdict::kLeave:
      return true;
    case MoveVerdict::kStay:
      return false;
    case MoveVerdict::kLookAgain:
      break;
  }
  const absl::Duration wait = UntilNextLook(subject_.dialled, now, ++looks_);
  next_look_ = MonotonicNow() + wait;
  if (wait == absl::InfiniteDuration()) {
    subject_.endpoints = std::move(now);
  }
  return false;
}

std::vector<Endpoint> TransferWatch::LookUp() {
  Cancellation over;
  const auto stop = [&over] { over.Request(absl::CancelledError("over")); };
  const Cancellation::Registration cancelled(cancellation_, stop);
  const Cancellation::Registration ended(*subject_.ended, stop);
  EndpointSource::Query query = subject_.query;
  query.fresh = false;
  query.timeout = kLookUpTimeout;
  absl::StatusOr<std::vector<Endpoint>> found = source_.Find(query, over);
  return found.ok() ? *std::move(found) : std::vector<Endpoint>();
}

}  // namespace localstore::fetcher
