// Waits for a transfer to end, and leaves it when its host has moved.
#pragma once

#include <functional>
#include <vector>

#include "absl/time/time.h"
#include "fetcher/cancellation.h"
#include "fetcher/endpoint_change.h"
#include "fetcher/endpoint_source.h"
#include "fetcher/signals.h"

namespace localstore::fetcher {

// Used on the download's thread, one for each transfer.
class TransferWatch {
 public:
  struct Subject {
    EndpointSource::Query query;  // that found the host
    Sighting found;               // what it found
    Endpoint dialled;
    // How long the transfer has brought nothing although it could. Any thread.
    std::function<absl::Duration()> silent_for;
    // Requested when the transfer ends, so that no look-up outlasts it.
    Cancellation* ended;
  };

  TransferWatch(Subject subject, EndpointSource* source, Signals* signals,
                Cancellation* cancellation)
      : subject_(std::move(subject)),
        source_(*source),
        signals_(*signals),
        cancellation_(*cancellation) {}

  enum class End { kEnded, kCancelled, kMoved };
  End Await();

 private:
  bool HasMoved();
  Sighting LookUp();

  Subject subject_;
  EndpointSource& source_;
  Signals& signals_;
  Cancellation& cancellation_;
  absl::Time next_look_ = absl::InfinitePast();  // at once
  int looks_ = 0;                                // since the endpoints changed
  absl::Time changed_ = absl::InfinitePast();
};

}  // namespace localstore::fetcher
