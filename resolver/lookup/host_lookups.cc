#include "resolver/lookup/host_lookups.h"

#include <utility>

#include "absl/random/uniform_int_distribution.h"
#include "resolver/lookup/lookup_failure.h"
#include "resolver/query/query_schedule.h"

namespace localstore::resolver {

HostLookups::HostLookups(BridgeLinks* links, Scheduler* scheduler,
                         absl::BitGenRef random)
    : links_(links), scheduler_(scheduler), random_(random) {}

HostLookups::~HostLookups() = default;

void HostLookups::Resolve(LookupRequest request) {
  absl::Status status = links_->CheckNames(request.options.bridges);
  if (status.ok()) {
    status = CheckUsable(links_->Select(request.options.bridges));
  }
  if (!status.ok()) {
    request.done(status);
    return;
  }
  const dns::Name host = request.host.Lowercase();
  std::unique_ptr<HostLookup>& lookup = lookups_[host];
  if (lookup == nullptr) {
    lookup = std::make_unique<HostLookup>(host, links_, scheduler_,
                                          [this, host] { Drop(host); });
  }
  host_of_.emplace(request.id, host);
  request.done = [this, id = request.id, done = std::move(request.done)](
                     absl::StatusOr<Resolution> result) {
    host_of_.erase(id);
    done(std::move(result));
  };
  lookup->Join(std::move(request));
  Index(lookup.get());
  if (lookup->finished()) Drop(host);
}

void HostLookups::Cancel(uint64_t id) {
  const auto found = host_of_.find(id);
  if (found == host_of_.end()) return;
  const dns::Name host = found->second;
  host_of_.erase(found);
  const auto lookup = lookups_.find(host);
  if (lookup == lookups_.end()) return;
  lookup->second->Leave(id);
  if (lookup->second->finished()) Drop(host);
}

void HostLookups::Index(HostLookup* lookup) {
  const dns::Name& host = lookup->names().front();
  for (const dns::Name& name : lookup->names()) wanted_[name].insert(host);
}

// By value: the lookup may own what it was called with.
void HostLookups::Drop(dns::Name host) {
  const auto found = lookups_.find(host);
  if (found == lookups_.end()) return;
  for (const dns::Name& name : found->second->names()) {
    const auto wanted = wanted_.find(name);
    if (wanted == wanted_.end()) continue;
    wanted->second.erase(host);
    if (wanted->second.empty()) wanted_.erase(wanted);
  }
  lookups_.erase(found);
}

void HostLookups::OnRecords(BridgeLink& link,
                            const absl::flat_hash_set<dns::Name>& names) {
  absl::flat_hash_set<dns::Name> hosts;
  for (const dns::Name& name : names) {
    const auto wanted = wanted_.find(name);
    if (wanted == wanted_.end()) continue;
    hosts.insert(wanted->second.begin(), wanted->second.end());
  }
  for (const dns::Name& host : hosts) {
    HostLookup& lookup = *lookups_.at(host);
    lookup.OnRecords(link);
    Index(&lookup);
    if (lookup.finished()) Drop(host);
  }
}

void HostLookups::OnLinkChanged(BridgeLink& link) {
  std::vector<dns::Name> hosts;
  for (const auto& entry : lookups_) hosts.push_back(entry.first);
  for (const dns::Name& host : hosts) {
    absl::Duration delay = absl::ZeroDuration();
    if (hosts.size() > 1) {
      delay = absl::Microseconds(absl::uniform_int_distribution<int64_t>(
          absl::ToInt64Microseconds(kShortestJitter),
          absl::ToInt64Microseconds(kLongestJitter))(random_));
    }
    HostLookup& lookup = *lookups_.at(host);
    lookup.OnLinkChanged(link, delay);
    if (lookup.finished()) Drop(host);
  }
}

void HostLookups::OnLinkLost(const BridgeLink& link) {
  for (const auto& entry : lookups_) entry.second->OnLinkLost(link);
}

}  // namespace localstore::resolver
