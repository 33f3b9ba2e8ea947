#include "server/rpc/browse_stream.h"

#include <algorithm>
#include <utility>

#include "server/convert/resolution.h"
#include "server/errors/grpc_status.h"

namespace localstore::server {

std::shared_ptr<BrowseStream> BrowseStream::Start(
    const BrowseOrder& order, resolver::HostResolver* resolver, Timer* timer) {
  std::shared_ptr<BrowseStream> stream(new BrowseStream(resolver, timer));
  stream->Own();
  const std::weak_ptr<BrowseStream> weak = stream;
  const resolver::HostResolver::OperationId id = resolver->Browse(
      order.options,
      [weak](const resolver::BrowseEvent& event) {
        if (const auto held = weak.lock()) held->OnEvent(event);
      },
      [weak](const absl::Status& status) {
        if (const auto held = weak.lock()) held->End(ToGrpcStatus(status));
      });
  absl::MutexLock lock(&stream->mutex());
  stream->browsing_ = id;
  if (order.duration < absl::InfiniteDuration()) {
    stream->end_ = timer->CallAfter(order.duration, [weak] {
      if (const auto held = weak.lock()) held->End(grpc::Status::OK);
    });
  }
  return stream;
}

void BrowseStream::OnEvent(const resolver::BrowseEvent& event) {
  const Key key(event.bridge, event.service.type, event.service.instance);
  {
    absl::MutexLock lock(&mutex());
    Merge(key, ToProto(event));
  }
  Advance();
}

void BrowseStream::Merge(const Key& key, v1::BrowseResponse event) {
  const auto found = pending_.find(key);
  if (found == pending_.end()) {
    pending_.emplace(key, std::move(event));
    order_.push_back(key);
    return;
  }
  const bool unknown_to_reader =
      found->second.event() == v1::BrowseResponse::EVENT_FOUND;
  const bool lost = event.event() == v1::BrowseResponse::EVENT_LOST;
  if (unknown_to_reader && lost) {
    pending_.erase(found);
    order_.erase(std::find(order_.begin(), order_.end(), key));
    return;
  }
  if (unknown_to_reader) {
    event.set_event(v1::BrowseResponse::EVENT_FOUND);
  } else if (!lost) {
    event.set_event(v1::BrowseResponse::EVENT_CHANGED);
  }
  found->second = std::move(event);
}

BrowseStream::Next BrowseStream::Prepare(v1::BrowseResponse& response,
                                         grpc::Status&) {
  if (order_.empty()) return Next::kNothing;
  const auto found = pending_.find(order_.front());
  response = std::move(found->second);
  pending_.erase(found);
  order_.pop_front();
  return Next::kWrite;
}

void BrowseStream::Leave() {
  resolver::HostResolver::OperationId browsing = 0;
  {
    absl::MutexLock lock(&mutex());
    browsing = browsing_;
    timer_->Cancel(end_);
  }
  // Waits for a callback that runs, which may want the lock.
  resolver_->Cancel(browsing);
}

}  // namespace localstore::server
