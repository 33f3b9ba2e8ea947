// How the fetcher asks where a host is.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "fetcher/cancellation.h"

namespace localstore::fetcher {

// One way to reach a host: an address, and the local end to dial it from.
struct Endpoint {
  std::string address;         // "10.1.0.5" or "fe80::5", no scope
  std::string bridge;          // device that the connection is bound to
  int bridge_index = 0;        // scope of a link-local address
  std::string source_address;  // local end of the connection
  absl::Duration ttl;          // what is left of the answer's life
  int service_port = 0;        // advertised for the scheme asked; 0: none
};

class EndpointSource {
 public:
  struct Query {
    std::string host;    // lower-case `.local` name, no final dot
    std::string scheme;  // "http" or "https": whose service_port; "": none's
    std::vector<std::string> bridges;  // only these; empty: all
    bool fresh = false;                // not from what is remembered
    absl::Duration timeout = absl::ZeroDuration();  // 0: the source's default
  };

  virtual ~EndpointSource() = default;

  // Waits for the answer. OK: best endpoint first, never empty. Returns a
  // CANCELLED error at once when `cancellation` is requested. Thread-safe.
  virtual absl::StatusOr<std::vector<Endpoint>> Find(
      const Query& query, Cancellation& cancellation) = 0;

  // Until the subscription is destroyed, calls `changed` (on any thread; it
  // must not block) whenever a bridge, or an address of a host on one, appears,
  // changes or goes. When the subscription's destructor has returned, `changed`
  // neither runs nor will run.
  class Subscription {
   public:
    virtual ~Subscription() = default;
  };
  virtual std::unique_ptr<Subscription> WatchChanges(
      std::function<void()> changed) = 0;
};

}  // namespace localstore::fetcher
