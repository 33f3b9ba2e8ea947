// What is asked for a host, on all bridges that somebody wants it from.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "resolver/dns/name.h"
#include "resolver/host_resolver.h"
#include "resolver/link/bridge_link.h"
#include "resolver/lookup/host_query.h"
#include "resolver/net/mdns_transport.h"
#include "resolver/net/scheduler.h"

namespace localstore::resolver {

// Not thread-safe: used on the loop's own thread.
class HostInquiry {
 public:
  // What those who wait want from one bridge.
  struct Demand {
    bool answered = false;            // nobody needs more from it in a hurry
    bool fresh = false;               // somebody does not believe what is known
    std::vector<dns::Name> services;  // whose instances are wanted, too
  };
  using DemandOf = std::function<Demand(const BridgeLink& link)>;
  // Whether anybody wants anything from it.
  using IsWanted = std::function<bool(const BridgeLink& link)>;

  HostInquiry(const dns::Name& host, Scheduler* scheduler, IsWanted is_wanted,
              DemandOf demand_of);

  // Asks for the name as it is spelled here, too: some responders compare names
  // case-sensitively. False when it was or is not going to be.
  bool AddSpelling(const dns::Name& spelling);
  // Asks for the name that a CNAME record leads to, too.
  void AddAlias(const dns::Name& alias);
  // The service will be in demand.
  void AddService(const dns::Name& service);

  // Asks `link` after `delay`, unless it was asked within the last second;
  // `again` even then. With `hurry`, the one-shot query follows at once.
  void Ask(BridgeLink& link, absl::Duration delay, bool again, bool hurry);
  // Asks at once for what an answer on `link` has left out (RFC 6763 section
  // 12: additional records are optional).
  void AskForMissing(BridgeLink& link, const dns::Name& end_of_chain);
  void Stop(const BridgeLink& link);
  // Stops where nothing is wanted any more.
  void StopUnwanted();

  // nullptr when `link` is not asked.
  const HostQuery* QueryOf(const BridgeLink& link) const;

  // The host, aliases and services.
  const std::vector<dns::Name>& names() const { return names_; }

 private:
  HostQuery& QueryFor(BridgeLink& link);
  BridgeLink::Inquiry Compose(const BridgeLink& link, Channel channel) const;
  void AddName(const dns::Name& name);

  const dns::Name host_;
  Scheduler* const scheduler_;
  const IsWanted is_wanted_;
  const DemandOf demand_of_;
  std::vector<dns::Name> addressed_;  // names whose addresses are asked for
  std::vector<dns::Name> names_;
  int spellings_ = 0;
  std::map<const BridgeLink*, std::unique_ptr<HostQuery>> queries_;
};

}  // namespace localstore::resolver
