#include "resolver/lookup/candidates.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace localstore::resolver {
namespace {

struct Ranked {
  const HostView::Address* address = nullptr;
  const Candidate* candidate = nullptr;
};

bool Before(const Ranked& a, const Ranked& b) {
  const auto rank = [](const Ranked& ranked) {
    return std::make_tuple(
        ranked.address->address.family(), ranked.address->address.IsLinkLocal(),
        absl::string_view(ranked.candidate->link->bridge().name));
  };
  const auto rank_a = rank(a);
  const auto rank_b = rank(b);
  if (rank_a != rank_b) return rank_a < rank_b;
  if (a.address->created != b.address->created) {
    return a.address->created > b.address->created;
  }
  return a.address->address < b.address->address;
}

}  // namespace

Candidates GatherCandidates(const std::vector<BridgeLink*>& links,
                            const dns::Name& host, absl::Time now,
                            absl::Time since) {
  Candidates candidates;
  for (BridgeLink* link : links) {
    if (link->usable()) {
      candidates.push_back({link, ViewHost(*link, host, now, since)});
    }
  }
  return candidates;
}

bool IsOfFamily(const IpAddress& address, AddressFamily family) {
  switch (family) {
    case AddressFamily::kIpv4:
      return address.family() == IpFamily::kIpv4;
    case AddressFamily::kIpv6:
      return address.family() == IpFamily::kIpv6;
    case AddressFamily::kAny:
      break;
  }
  return true;
}

bool HasAddress(const Candidates& candidates, AddressFamily family) {
  return std::any_of(
      candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
        return std::any_of(candidate.view.usable.begin(),
                           candidate.view.usable.end(),
                           [&](const HostView::Address& entry) {
                             return IsOfFamily(entry.address, family);
                           });
      });
}

std::vector<Endpoint> MakeEndpoints(const Candidates& candidates,
                                    AddressFamily family, absl::Time now) {
  std::vector<Ranked> ranked;
  for (const Candidate& candidate : candidates) {
    for (const HostView::Address& address : candidate.view.usable) {
      if (IsOfFamily(address.address, family)) {
        ranked.push_back({&address, &candidate});
      }
    }
  }
  std::sort(ranked.begin(), ranked.end(), Before);
  std::map<const Candidate*, std::vector<ServiceInstance>> services;
  for (const Ranked& entry : ranked) {
    const auto known = services.try_emplace(entry.candidate);
    if (!known.second) continue;
    known.first->second = ServicesOfHost(*entry.candidate->link,
                                         entry.candidate->view.chain, now);
  }
  std::vector<Endpoint> endpoints;
  endpoints.reserve(ranked.size());
  for (const Ranked& entry : ranked) {
    const BridgeLink& link = *entry.candidate->link;
    Endpoint endpoint;
    endpoint.address = entry.address->address.ToString();
    endpoint.bridge = link.bridge().name;
    endpoint.bridge_index = link.bridge().index;
    endpoint.source_address = entry.address->source.ToString();
    endpoint.ttl = entry.address->ttl;
    endpoint.services = services[entry.candidate];
    endpoints.push_back(std::move(endpoint));
  }
  return endpoints;
}

std::vector<dns::Name> NamesBehind(const Candidates& candidates,
                                   absl::Time now) {
  std::set<dns::Name> names;
  for (const Candidate& candidate : candidates) {
    for (const dns::Name& name : candidate.view.chain) {
      names.insert(name);
      for (const CachedRecord* service :
           candidate.link->cache().ServicesOf(name, now, kMaxServicesPerHost)) {
        names.insert(service->record.name);
      }
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace localstore::resolver
