#include "fetcher/transfer_watch.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fetcher/endpoint_change.h"

namespace localstore::fetcher {
namespace {

constexpr absl::Duration kLookUpTimeout = absl::Seconds(1);

}  // namespace

TransferWatch::End TransferWatch::Await() {
  while (true) {
    switch (signals_.Wait(Signals::kTransferEnded | Signals::kEndpointsChanged,
                          until_next_look_)) {
      case Signals::kCancelled:
        return End::kCancelled;
      case Signals::kTransferEnded:
        return End::kEnded;
      case Signals::kEndpointsChanged:
        looks_ = 0;
        if (HasMoved()) return End::kMoved;
        break;
      case Signals::kNone:
        if (HasMoved()) return End::kMoved;
        break;
    }
  }
}

bool TransferWatch::HasMoved() {
  std::vector<Endpoint> now = LookUp();
  until_next_look_ = absl::InfiniteDuration();
  switch (JudgeMove(subject_.dialled, subject_.endpoints, now,
                    subject_.silent_for())) {
    case MoveVerdict::kLeave:
      return true;
    case MoveVerdict::kStay:
      return false;
    case MoveVerdict::kLookAgain:
      break;
  }
  until_next_look_ = UntilNextLook(subject_.dialled, now, ++looks_);
  if (until_next_look_ == absl::InfiniteDuration()) {
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
