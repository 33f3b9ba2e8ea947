// The lookups that are running, by host.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"
#include "resolver/dns/name.h"
#include "resolver/link/bridge_link.h"
#include "resolver/link/bridge_links.h"
#include "resolver/lookup/host_interest.h"
#include "resolver/lookup/host_lookup.h"
#include "resolver/lookup/ready_answers.h"
#include "resolver/net/processors.h"
#include "resolver/net/scheduler.h"

namespace localstore::resolver {

// Not thread-safe: used on the loop's own thread.
class HostLookups {
 public:
  // All must outlive it.
  HostLookups(BridgeLinks* links, Scheduler* scheduler, Processors* processors,
              ReadyAnswers* ready, absl::BitGenRef random);
  ~HostLookups();

  HostLookups(const HostLookups&) = delete;
  HostLookups& operator=(const HostLookups&) = delete;

  // Ends with one call of the request's `done`, unless it is cancelled.
  void Resolve(LookupRequest request);
  void Cancel(uint64_t id);

  bool Wants(const dns::Name& name) const {
    return (!wanted_.empty() && wanted_.contains(name)) ||
           interest_.Wants(name) || ready_->Wants(name);
  }
  void OnRecords(BridgeLink& link, const absl::flat_hash_set<dns::Name>& names);
  void OnLinkChanged(BridgeLink& link);
  void OnLinkLost(const BridgeLink& link);

  size_t size() const { return lookups_.size(); }

 private:
  void Index(HostLookup* lookup);
  void AskSilentBridges(const dns::Name& host);
  // `host` must not be the lookup's own, which ends.
  void Drop(const dns::Name& host);

  BridgeLinks* const links_;
  Scheduler* const scheduler_;
  Processors* const processors_;
  ReadyAnswers* const ready_;
  absl::BitGenRef random_;
  HostInterest interest_;
  absl::flat_hash_map<dns::Name, std::unique_ptr<HostLookup>> lookups_;
  // Which hosts' lookups want records of a name.
  absl::flat_hash_map<dns::Name, absl::flat_hash_set<dns::Name>> wanted_;
  absl::flat_hash_map<uint64_t, dns::Name> host_of_;
  // When every bridge was asked for a host, of those asked lately.
  absl::flat_hash_map<dns::Name, absl::Time> asked_everywhere_;
};

}  // namespace localstore::resolver
