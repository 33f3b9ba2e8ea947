// Hosts that were asked for lately: what is known of them is kept current.
#pragma once

#include <cstddef>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "resolver/dns/name.h"
#include "resolver/link/bridge_link.h"
#include "resolver/link/bridge_links.h"
#include "resolver/net/scheduler.h"

namespace localstore::resolver {

// How long somebody who asked for a host is taken to be interested in it. The
// RFC has a querier refresh what local clients still want (RFC 6762 section
// 5.2); a client of this one does not say how long it does.
constexpr absl::Duration kInterestLife = absl::Minutes(1);

// Asks for a host's addresses again at 80, 85, 90 and 95 % of their life, on
// the bridges that have them, for as long as the host was asked for lately.
//
// Not thread-safe: used on the loop's own thread.
class HostInterest {
 public:
  // Both must outlive it.
  HostInterest(BridgeLinks* links, Scheduler* scheduler,
               size_t max_hosts = 1024)
      : links_(links), scheduler_(scheduler), max_hosts_(max_hosts) {}
  ~HostInterest();

  HostInterest(const HostInterest&) = delete;
  HostInterest& operator=(const HostInterest&) = delete;

  // Somebody asks for `host`. Beyond the bound, those that are known go on.
  void Note(const dns::Name& host);

  bool Wants(const dns::Name& name) const {
    return !hosts_.empty() && hosts_.contains(name);
  }
  void OnRecords(const absl::flat_hash_set<dns::Name>& names);

  size_t size() const { return hosts_.size(); }

 private:
  struct Interest {
    absl::Time until;
    Scheduler::TimerId timer = 0;
    absl::Time timer_at = absl::InfiniteFuture();
  };

  void Arm(const dns::Name& host, Interest* interest);
  void OnTimer(const dns::Name& host);
  void Refresh(const dns::Name& host);

  BridgeLinks* const links_;
  Scheduler* const scheduler_;
  const size_t max_hosts_;
  absl::flat_hash_map<dns::Name, Interest> hosts_;
};

}  // namespace localstore::resolver
