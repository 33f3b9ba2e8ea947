// One host asked for on one bridge, again and again until it is stopped.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "resolver/dns/name.h"
#include "resolver/host_resolver.h"
#include "resolver/link/bridge_link.h"
#include "resolver/net/mdns_transport.h"
#include "resolver/net/scheduler.h"
#include "resolver/rejection.h"

namespace localstore::resolver {

// Not thread-safe: used on the loop's own thread. Stops when destroyed.
class HostQuery {
 public:
  // What to ask when `channel` is next to be used; no question: skip the step.
  using Compose = std::function<BridgeLink::Inquiry(Channel channel)>;

  // `link` and `scheduler` must outlive the query.
  HostQuery(const dns::Name& host, BridgeLink* link, Scheduler* scheduler,
            Compose compose);
  ~HostQuery();

  HostQuery(const HostQuery&) = delete;
  HostQuery& operator=(const HostQuery&) = delete;

  // Begins the schedule of query_schedule.h after `delay`; the one-shot query
  // follows at once when `hurry`, and takes the place of one by multicast where
  // another lookup, or another host, has sent that within the last second.
  void Start(absl::Duration delay, bool hurry);

  // For somebody who has just begun to wait: begins again unless it was asked
  // within the last second (RFC 6762 section 5.2).
  void StartAgain(bool hurry);

  // Whether it is time to look for what answers have left out.
  bool MayFollowUp() const;
  // Asks for something that an answer has left out. Each name once, and a
  // bounded number of them: what is still missing is asked for by schedule.
  void FollowUp(const dns::Name& missing, const BridgeLink::Inquiry& inquiry);

  BridgeLink& link() const { return *link_; }
  bool asked() const { return queries_sent_ > 0; }
  // When it was last asked by multicast; InfinitePast when never.
  absl::Time last_multicast() const { return last_multicast_; }
  // When it was last asked at all, by schedule; InfinitePast when never.
  absl::Time last_asked() const { return last_asked_; }
  int multicasts_sent() const { return multicasts_sent_; }
  // Counts since it was made.
  BridgeReport Report() const;
  // Why responses were rejected since.
  std::vector<Rejection> Rejections() const;

 private:
  void Step();
  bool IsMulticastUseless();
  void ArmNext();
  void Send(const BridgeLink::Inquiry& inquiry, Channel channel);

  BridgeLink* const link_;
  Scheduler* const scheduler_;
  const Compose compose_;
  const dns::Name host_;
  const int64_t responses_seen_before_;
  const int64_t responses_rejected_before_;
  const RejectionCounts rejections_before_;
  absl::Time started_;
  bool hurry_ = false;
  bool left_to_others_ = false;  // the last multicast query
  int step_ = 0;
  Scheduler::TimerId timer_ = 0;
  absl::Time last_multicast_ = absl::InfinitePast();
  absl::Time last_asked_ = absl::InfinitePast();
  int multicasts_sent_ = 0;
  int queries_sent_ = 0;
  absl::flat_hash_set<dns::Name> followed_up_;
  absl::Time followed_up_at_ = absl::InfinitePast();
};

// A report on a bridge that was not asked.
BridgeReport UnaskedReport(const BridgeLink& link);

}  // namespace localstore::resolver
