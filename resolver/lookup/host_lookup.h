// One host looked for on the bridges, for all who want it at the same time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "resolver/dns/name.h"
#include "resolver/host_resolver.h"
#include "resolver/link/bridge_link.h"
#include "resolver/link/bridge_links.h"
#include "resolver/lookup/candidates.h"
#include "resolver/lookup/host_inquiry.h"
#include "resolver/lookup/ready_answers.h"
#include "resolver/net/processors.h"
#include "resolver/net/scheduler.h"

namespace localstore::resolver {

// One who waits for an answer.
struct LookupRequest {
  uint64_t id = 0;
  dns::Name host;  // as it was spelled
  ResolveOptions options;
  absl::optional<dns::Name> service;  // options.service as a name
  // Must not call back into the lookup.
  std::function<void(absl::StatusOr<Resolution>)> done;
};

// Not thread-safe: used on the loop's own thread.
class HostLookup {
 public:
  // `links`, `scheduler`, `processors` and `ready` must outlive it. `finished`
  // runs from within a timer when nobody waits any more, and may destroy the
  // lookup.
  HostLookup(const dns::Name& host, BridgeLinks* links, Scheduler* scheduler,
             Processors* processors, ReadyAnswers* ready,
             std::function<void()> finished);
  ~HostLookup();

  HostLookup(const HostLookup&) = delete;
  HostLookup& operator=(const HostLookup&) = delete;

  // Answers at once from what is known, or begins to ask. Each bridge that the
  // options name exists, and one in scope can be asked.
  void Join(LookupRequest request);
  void Leave(uint64_t id);
  bool finished() const { return waiters_.empty(); }

  void OnRecords(BridgeLink& link);
  void OnLinkChanged(BridgeLink& link, absl::Duration delay);
  void OnLinkLost(const BridgeLink& link);

  // Names whose records it wants to hear of; grows with the answers.
  const std::vector<dns::Name>& names() const { return inquiry_.names(); }

 private:
  struct Waiter {
    LookupRequest request;
    absl::Time start;
    absl::Time deadline;
    absl::Time since;  // answers heard before do not count
    absl::Time address_seen = absl::InfiniteFuture();
    bool asked = false;  // it took more than what was known
    bool read_up = false;
    Scheduler::TimerId timer = 0;
    absl::Time timer_at = absl::InfiniteFuture();
  };

  Candidates Gather(const Waiter& waiter) const;
  bool IsWanted(const BridgeLink& link) const;
  HostInquiry::Demand DemandOf(const BridgeLink& link) const;

  void Evaluate();
  // True when it has been answered.
  bool TryToAnswer(Waiter& waiter, const Candidates& candidates);
  // When it can be answered: now, when a time of grace ends, or never.
  absl::Time ReadyAt(Waiter& waiter, const Candidates& candidates) const;
  bool IsServiceSettled(const Waiter& waiter,
                        const Candidates& candidates) const;
  // When those who have not answered yet need not be waited for any longer.
  absl::Time SilentBridgesSettledAt(const Waiter& waiter,
                                    const Candidates& candidates) const;
  void Succeed(Waiter& waiter, const Candidates& candidates);
  void Publish(const Waiter& waiter, const Candidates& candidates,
               const Resolution& resolution) const;
  void Fail(Waiter& waiter);
  void Remove(uint64_t id);

  void StartAsking(Waiter& waiter, const Candidates& candidates);
  void Arm(Waiter& waiter, absl::Time at);
  void OnTimer(uint64_t id);

  std::vector<BridgeReport> Reports(const Waiter& waiter) const;
  std::vector<std::string> Elsewhere(const Waiter& waiter) const;
  void NoteSilence(const Candidates& candidates) const;
  void LetGoOfUnconfirmed(const Waiter& waiter) const;

  const dns::Name host_;
  BridgeLinks* const links_;
  Scheduler* const scheduler_;
  Processors* const processors_;
  ReadyAnswers* const ready_;
  const std::function<void()> finished_;
  std::map<uint64_t, Waiter> waiters_;  // by id: in the order they came
  HostInquiry inquiry_;
};

}  // namespace localstore::resolver
