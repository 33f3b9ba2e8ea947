// Who has this `.local` name? The face of the resolver.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "resolver/resolver_statistics.h"

namespace localstore::resolver {

enum class AddressFamily {
  kAny,  // IPv4 preferred, IPv6 where that is all there is
  kIpv4,
  kIpv6,
};

// A service that a host advertises (RFC 6763).
struct ServiceInstance {
  std::string instance;  // "ubuntu-4321-http-server [00:16:3e:00:01:03]"
  std::string type;      // "_workstation._tcp"
  std::string
      host;      // lower-case, no final dot; "" until the SRV record is seen
  int port = 0;  // 0 until the SRV record is seen
  std::vector<std::string> txt;

  friend bool operator==(const ServiceInstance& a, const ServiceInstance& b) {
    return a.instance == b.instance && a.type == b.type && a.host == b.host &&
           a.port == b.port && a.txt == b.txt;
  }
};

// An address that answers for the name, and the way there.
struct Endpoint {
  std::string address;  // "10.1.0.5" or "fe80::5", no scope: see bridge_index
  std::string bridge;   // the interface that the answer arrived on
  int bridge_index = 0;
  std::string source_address;  // this device's own address on that bridge
  absl::Duration ttl;          // what is left of the record's life
  std::vector<ServiceInstance> services;
};

// What asking one bridge came to. Counts are of this lookup, which all who ask
// for the host at the same time share.
struct BridgeReport {
  std::string bridge;
  std::vector<std::string> addresses;  // "10.1.0.1/24"
  bool queried = false;
  int queries_sent = 0;    // packets, IPv4 and IPv6
  int responses_seen = 0;  // on the bridge while it ran, rejected ones included
  int responses_rejected = 0;
  std::string problem;  // "", or why this bridge could not be asked, in words
};

// A bridge as it is now. What is counted on it: resolver_statistics.h.
struct BridgeState {
  std::string name;
  int index = 0;
  bool up = false;
  std::vector<std::string> addresses;    // "10.1.0.1/24"
  std::vector<std::string> known_hosts;  // in its cache; lower-case, sorted
  std::string problem;  // "", or why it cannot be asked, in words
};

struct ResolveOptions {
  std::vector<std::string> bridges;  // exact names; empty: every bridge
  AddressFamily family = AddressFamily::kAny;
  bool bypass_cache = false;                  // ask the network again
  absl::Duration timeout = absl::Seconds(3);  // then HOST_NOT_FOUND
  bool all_endpoints = false;  // wait out the timeout for every answer
  // A service, "_http._tcp" say, whose port is wanted along with the address:
  // the answer waits for it, 400 ms at most, unless the bridge's Apps have
  // lately been asked for it. Empty: an address is all that is waited for.
  std::string service;
};

struct Resolution {
  std::string host;  // lower-case, no final dot
  // Best first: IPv4 before IPv6, global before link-local, then by bridge
  // name; on one bridge the address that was heard of last comes first (an App
  // that was reloaded is at its newest address), then by value. So the order
  // stays the same from call to call as long as nothing changes. An address
  // that was replaced or taken back is left out. Never empty.
  //
  // The same name on several bridges is several hosts (RFC 6762 section 14),
  // and each is an endpoint. When the network had to be asked, bridges that
  // have not answered yet when the first one does are waited for as long again
  // as that took, 1 ms at least (not at all when it took 20 ms or more), and
  // for longer while others than the resolver run on the machine, the Apps'
  // responders perhaps among them: to 3 ms in all, to 50 ms while some even
  // wait for a processor. What is known already is answered at once, as it is
  // known: bridges that were not asked for the host lately are asked meanwhile,
  // so that the next answer has theirs, too. all_endpoints waits for whoever
  // takes longer.
  std::vector<Endpoint> endpoints;
  std::vector<BridgeReport> bridges;  // one for each bridge that was asked
  absl::Duration elapsed;
  bool from_cache = false;
};

// What Resolve would answer at once.
struct KnownAnswer {
  std::shared_ptr<const Resolution>
      resolution;      // nullptr: it would have to ask
  absl::Duration age;  // to be taken off each endpoint's ttl
};

struct BrowseOptions {
  std::vector<std::string> types;    // empty: workstation, http and https
  std::vector<std::string> bridges;  // exact names; empty: every bridge
};

// A service is found once it is known where it is: its host and port are set,
// except for service types found by the meta type. Its addresses may follow. It
// is lost when it says so, or when its records run out and nobody confirms
// them.
struct BrowseEvent {
  enum class Kind { kFound, kChanged, kLost };
  Kind kind = Kind::kFound;
  std::string bridge;
  ServiceInstance service;
  std::vector<std::string> addresses;
};

// Resolves names and browses services on every internal bridge at once.
//
// Threads: every member may be called from any thread. Callbacks run on the
// resolver's own thread, must not block and may call back into the resolver.
//
// Ownership: the resolver must outlive its callers; destroying it answers
// nothing more.
class HostResolver {
 public:
  // Identifies a running operation; never 0, never used twice.
  using OperationId = uint64_t;

  virtual ~HostResolver() = default;

  // Asks for `host` (with or without the final dot, any case) and calls
  // `done` exactly once, unless cancelled first.
  //
  // Errors: INVALID_REQUEST with field paths `host`, `bridges[i]` (a bridge
  // that does not exist, while others do), `timeout` (negative or more than an
  // hour), `service`; HOST_NOT_LOCAL; NO_BRIDGE at once when there is none to
  // ask; after the timeout HOST_NOT_FOUND, or NO_USABLE_ADDRESS when answers
  // came, but none that can be used from here, or NO_BRIDGE when nothing could
  // be sent. Each names the bridges asked and what they said.
  //
  // A bridge that appears while a lookup runs is asked, too.
  using ResolveCallback = std::function<void(absl::StatusOr<Resolution>)>;
  virtual OperationId Resolve(const std::string& host,
                              const ResolveOptions& options,
                              ResolveCallback done) = 0;

  // Looks up what is known of `host`, on the caller's thread: waits for nobody,
  // asks nobody, and copies nothing. Finds most of what Resolve answers from
  // the cache; what it does not find, invalid options among it, is Resolve's to
  // answer. What it finds is as current as what Resolve would answer.
  virtual KnownAnswer Known(const std::string& host,
                            const ResolveOptions& options) const = 0;

  // Calls `event` for what is there and for every change, until cancelled.
  // Errors in the options end it at once through `failed`.
  using BrowseCallback = std::function<void(const BrowseEvent&)>;
  using FailedCallback = std::function<void(absl::Status)>;
  virtual OperationId Browse(const BrowseOptions& options, BrowseCallback event,
                             FailedCallback failed) = 0;

  // Ends an operation. When this returns, its callback neither runs nor will
  // run, unless called from within that callback. Unknown ids are ignored.
  virtual void Cancel(OperationId id) = 0;

  // The bridges as they are now, by name, whether or not they can be asked.
  // Waits for the resolver's thread: not to be called from a callback.
  virtual std::vector<BridgeState> Bridges() = 0;

  // What was counted so far. Cheap, and waits for nobody: may be called as
  // often as wanted, from callbacks, too. Counters that are read together may
  // be a few packets apart.
  virtual ResolverStatistics Statistics() const = 0;

  // Replaces the patterns (fnmatch(3)) of the bridges that are used; none: all
  // Linux bridges. Takes effect soon after it returns.
  virtual void SetBridgePatterns(std::vector<std::string> patterns) = 0;

  // `changed` runs whenever a bridge or an address of one appears, changes or
  // goes, or a host's addresses change, so that who waits can look again.
  // Cancel(id) ends it.
  virtual OperationId WatchChanges(std::function<void()> changed) = 0;
};

}  // namespace localstore::resolver
