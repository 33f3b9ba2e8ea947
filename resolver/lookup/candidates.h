// What the bridges together know of a host, and the endpoints in it.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "resolver/dns/name.h"
#include "resolver/host_resolver.h"
#include "resolver/link/bridge_link.h"
#include "resolver/lookup/host_view.h"
#include "resolver/net/ip_address.h"

namespace localstore::resolver {

struct Candidate {
  BridgeLink* link = nullptr;
  HostView view;
};

// By bridge name; those that can be asked only.
using Candidates = std::vector<Candidate>;

Candidates GatherCandidates(const std::vector<BridgeLink*>& links,
                            const dns::Name& host, absl::Time now,
                            absl::Time since);

bool IsOfFamily(const IpAddress& address, AddressFamily family);
bool HasAddress(const Candidates& candidates, AddressFamily family);

// In the order that Resolution::endpoints promises.
std::vector<Endpoint> MakeEndpoints(const Candidates& candidates,
                                    AddressFamily family, absl::Time now);

// The names whose records such an answer is made of, or would be.
std::vector<dns::Name> NamesBehind(const Candidates& candidates,
                                   absl::Time now);

}  // namespace localstore::resolver
