#include "resolver/lookup/host_lookup.h"

#include <algorithm>
#include <string>
#include <utility>

#include "resolver/lookup/host_view.h"
#include "resolver/lookup/lookup_failure.h"
#include "resolver/query/local_name.h"
#include "resolver/query/query_schedule.h"

namespace localstore::resolver {
namespace {

bool InScope(const ResolveOptions& options, const BridgeLink& link) {
  return options.bridges.empty() ||
         std::find(options.bridges.begin(), options.bridges.end(),
                   link.bridge().name) != options.bridges.end();
}

// Whether no bridge where the host is, or was when last heard of, will come up
// with an IPv4 address of it. Who says on one bridge that it has none cannot
// speak for a host of that name on another, which may be slower to answer.
bool IsWithoutIpv4(const Candidates& candidates, absl::Time now) {
  return std::all_of(
      candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
        const dns::Name& host = candidate.view.chain.front();
        if (candidate.view.usable.empty()) {
          return !ViewHost(*candidate.link, host, now, absl::InfinitePast())
                      .Has(IpFamily::kIpv4);
        }
        return candidate.view.denies_ipv4 ||
               candidate.link->HasNoIpv4(host, now);
      });
}

bool Offers(const Candidate& candidate, const std::string& type,
            absl::Time now) {
  const std::vector<ServiceInstance> services =
      ServicesOfHost(*candidate.link, candidate.view.chain, now);
  return std::any_of(
      services.begin(), services.end(),
      [&](const ServiceInstance& service) { return service.type == type; });
}

absl::Duration GraceOf(Processors::Load load) {
  switch (load) {
    case Processors::Load::kIdle:
      return absl::ZeroDuration();
    case Processors::Load::kShared:
      return kSharedBridgeGrace;
    case Processors::Load::kCrowded:
      return kCrowdedBridgeGrace;
  }
  return absl::ZeroDuration();
}

}  // namespace

HostLookup::HostLookup(const dns::Name& host, BridgeLinks* links,
                       Scheduler* scheduler, Processors* processors,
                       ReadyAnswers* ready, std::function<void()> finished)
    : host_(host),
      links_(links),
      scheduler_(scheduler),
      processors_(processors),
      ready_(ready),
      finished_(std::move(finished)),
      inquiry_(
          host, scheduler,
          [this](const BridgeLink& link) { return IsWanted(link); },
          [this](const BridgeLink& link) { return DemandOf(link); }) {}

HostLookup::~HostLookup() {
  for (const auto& entry : waiters_) {
    scheduler_->CancelTimer(entry.second.timer);
  }
}

void HostLookup::Join(LookupRequest request) {
  Waiter& waiter = waiters_[request.id];
  waiter.request = std::move(request);
  waiter.start = scheduler_->Now();
  waiter.deadline = waiter.start + waiter.request.options.timeout;
  waiter.since =
      waiter.request.options.bypass_cache ? waiter.start : absl::InfinitePast();
  if (waiter.request.service.has_value()) {
    inquiry_.AddService(*waiter.request.service);
  }
  const Candidates candidates = Gather(waiter);
  for (const Candidate& candidate : candidates) {
    candidate.link->cache().MarkAsked(host_);
  }
  if (TryToAnswer(waiter, candidates)) return;
  StartAsking(waiter, candidates);
}

void HostLookup::StartAsking(Waiter& waiter, const Candidates& candidates) {
  waiter.asked = true;
  const bool respelled = inquiry_.AddSpelling(waiter.request.host);
  for (const Candidate& candidate : candidates) {
    // What was multicast within the last second is not multicast again, so
    // that only a one-shot query is answered now (RFC 6762 section 6).
    const HostView view =
        ViewHost(*candidate.link, host_, waiter.start, absl::InfinitePast());
    const bool hurry = waiter.request.options.bypass_cache &&
                       !(view.usable.empty() && view.unusable.empty());
    inquiry_.Ask(*candidate.link, absl::ZeroDuration(), respelled, hurry);
  }
}

void HostLookup::Leave(uint64_t id) {
  Remove(id);
  inquiry_.StopUnwanted();
}

void HostLookup::Remove(uint64_t id) {
  const auto waiter = waiters_.find(id);
  if (waiter == waiters_.end()) return;
  scheduler_->CancelTimer(waiter->second.timer);
  waiters_.erase(waiter);
}

Candidates HostLookup::Gather(const Waiter& waiter) const {
  return GatherCandidates(links_->Select(waiter.request.options.bridges), host_,
                          scheduler_->Now(), waiter.since);
}

bool HostLookup::IsWanted(const BridgeLink& link) const {
  return std::any_of(waiters_.begin(), waiters_.end(), [&](const auto& entry) {
    return InScope(entry.second.request.options, link);
  });
}

HostInquiry::Demand HostLookup::DemandOf(const BridgeLink& link) const {
  HostInquiry::Demand demand;
  demand.answered = true;
  for (const auto& entry : waiters_) {
    const Waiter& waiter = entry.second;
    const ResolveOptions& options = waiter.request.options;
    if (!InScope(options, link)) continue;
    demand.fresh = demand.fresh || options.bypass_cache;
    if (demand.answered) {
      const HostView view =
          ViewHost(link, host_, scheduler_->Now(), waiter.since);
      demand.answered =
          view.Has(options.family == AddressFamily::kIpv6 ? IpFamily::kIpv6
                                                          : IpFamily::kIpv4);
    }
    const absl::optional<dns::Name>& service = waiter.request.service;
    if (service.has_value() &&
        std::find(demand.services.begin(), demand.services.end(), *service) ==
            demand.services.end()) {
      demand.services.push_back(*service);
    }
  }
  return demand;
}

void HostLookup::OnRecords(BridgeLink& link) {
  const HostView view =
      ViewHost(link, host_, scheduler_->Now(), absl::InfinitePast());
  for (const dns::Name& alias : view.chain) inquiry_.AddAlias(alias);
  Evaluate();
  if (!finished()) inquiry_.AskForMissing(link, view.chain.back());
}

void HostLookup::OnLinkChanged(BridgeLink& link, absl::Duration delay) {
  Evaluate();
  if (!IsWanted(link)) return;
  for (auto& entry : waiters_) entry.second.asked = true;
  inquiry_.Ask(link, delay, /*again=*/true, /*hurry=*/false);
}

void HostLookup::OnLinkLost(const BridgeLink& link) { inquiry_.Stop(link); }

// Those who wait with the same options see the same.
void HostLookup::Evaluate() {
  const Waiter* previous = nullptr;
  Candidates candidates;
  std::vector<uint64_t> answered;
  for (auto& entry : waiters_) {
    Waiter* waiter = &entry.second;
    if (previous == nullptr || waiter->since != previous->since ||
        waiter->request.options.bridges != previous->request.options.bridges) {
      candidates = Gather(*waiter);
    }
    previous = waiter;
    const absl::Time at = ReadyAt(*waiter, candidates);
    if (at > scheduler_->Now()) {
      Arm(*waiter, at);
      continue;
    }
    answered.push_back(waiter->request.id);
    Succeed(*waiter, candidates);
  }
  for (const uint64_t id : answered) Remove(id);
  if (!answered.empty()) inquiry_.StopUnwanted();
}

bool HostLookup::TryToAnswer(Waiter& waiter, const Candidates& candidates) {
  const absl::Time at = ReadyAt(waiter, candidates);
  if (at > scheduler_->Now()) {
    Arm(waiter, at);
    return false;
  }
  Succeed(waiter, candidates);
  Remove(waiter.request.id);
  return true;
}

absl::Time HostLookup::ReadyAt(Waiter& waiter,
                               const Candidates& candidates) const {
  const ResolveOptions& options = waiter.request.options;
  const absl::Time now = scheduler_->Now();
  if (!HasAddress(candidates, options.family)) {
    waiter.address_seen = absl::InfiniteFuture();
    return absl::InfiniteFuture();
  }
  if (options.all_endpoints) return waiter.deadline;
  waiter.address_seen = std::min(waiter.address_seen, now);
  absl::Time at = now;
  if (options.family == AddressFamily::kAny &&
      !HasAddress(candidates, AddressFamily::kIpv4) &&
      !IsWithoutIpv4(candidates, now)) {
    at = std::max(at, waiter.address_seen + kFamilyGrace);
  }
  at = std::max(at, SilentBridgesSettledAt(waiter, candidates));
  if (!IsServiceSettled(waiter, candidates)) {
    at = std::max(at, waiter.address_seen + kServiceGrace);
  }
  return std::min(at, waiter.deadline);
}

bool HostLookup::IsServiceSettled(const Waiter& waiter,
                                  const Candidates& candidates) const {
  if (!waiter.request.service.has_value()) return true;
  const dns::Name& service = *waiter.request.service;
  const std::string type = ServiceTypeText(service);
  const absl::Time now = scheduler_->Now();
  return std::all_of(candidates.begin(), candidates.end(),
                     [&](const Candidate& candidate) {
                       return candidate.view.usable.empty() ||
                              candidate.link->IsTypeKnown(service, now) ||
                              Offers(candidate, type, now);
                     });
}

// Asked at the same time, they would have answered by now if they were as fast
// as the first. They may take twice as long, and longer where their responders
// may not have been given a processor yet.
absl::Time HostLookup::SilentBridgesSettledAt(
    const Waiter& waiter, const Candidates& candidates) const {
  absl::Time at = absl::InfinitePast();
  bool silent = false;
  for (const Candidate& candidate : candidates) {
    const HostQuery* query = inquiry_.QueryOf(*candidate.link);
    if (!candidate.view.usable.empty() || query == nullptr) continue;
    silent = true;
    const absl::Duration taken = waiter.address_seen - query->last_asked();
    if (taken >= kLongestBridgeGrace) continue;
    at = std::max(at,
                  waiter.address_seen + std::max(taken, kShortestBridgeGrace));
  }
  const absl::Time now = scheduler_->Now();
  if (!silent || now < at) return at;
  const absl::Time limit = waiter.address_seen + GraceOf(processors_->Look());
  if (now >= limit) return at;
  const absl::Duration waited = now - waiter.address_seen;
  return std::min(now + std::max(waited / 2, kShortestBridgeGrace), limit);
}

void HostLookup::Succeed(Waiter& waiter, const Candidates& candidates) {
  const ResolveOptions& options = waiter.request.options;
  Resolution resolution;
  resolution.host = HostText(host_);
  resolution.endpoints =
      MakeEndpoints(candidates, options.family, scheduler_->Now());
  resolution.bridges = Reports(waiter);
  resolution.elapsed = scheduler_->Now() - waiter.start;
  resolution.from_cache = !waiter.asked;
  if (waiter.asked && options.family == AddressFamily::kAny) {
    NoteSilence(candidates);
  }
  Publish(waiter, candidates, resolution);
  waiter.request.done(std::move(resolution));
}

// Nothing that takes any waiting, or would in a while though nothing changes:
// an IPv6 address without an IPv4 one, or the port of a service.
void HostLookup::Publish(const Waiter& waiter, const Candidates& candidates,
                         const Resolution& resolution) const {
  const ResolveOptions& options = waiter.request.options;
  if (waiter.asked || options.all_endpoints || !options.service.empty() ||
      (options.family == AddressFamily::kAny &&
       !HasAddress(candidates, AddressFamily::kIpv4))) {
    return;
  }
  const absl::Time now = scheduler_->Now();
  ready_->Publish(options, resolution, NamesBehind(candidates, now), now);
}

void HostLookup::Fail(Waiter& waiter) {
  LookupFailure failure;
  failure.host = host_;
  failure.family = waiter.request.options.family;
  failure.waited = waiter.request.options.timeout;
  failure.reports = Reports(waiter);
  for (const BridgeLink* link :
       links_->Select(waiter.request.options.bridges)) {
    const HostQuery* query = inquiry_.QueryOf(*link);
    if (query == nullptr) continue;
    failure.rejections[link->bridge().name] = query->Rejections();
  }
  failure.candidates = Gather(waiter);
  failure.elsewhere = Elsewhere(waiter);
  if (waiter.request.options.bypass_cache) LetGoOfUnconfirmed(waiter);
  waiter.request.done(DescribeFailure(failure, scheduler_->Now()));
}

void HostLookup::Arm(Waiter& waiter, absl::Time at) {
  at = std::min(at, waiter.deadline);
  if (waiter.timer != 0 && waiter.timer_at == at) return;
  scheduler_->CancelTimer(waiter.timer);
  waiter.timer_at = at;
  waiter.timer = scheduler_->RunAfter(
      at - scheduler_->Now(), [this, id = waiter.request.id] { OnTimer(id); });
}

void HostLookup::OnTimer(uint64_t id) {
  const auto found = waiters_.find(id);
  if (found == waiters_.end()) return;
  Waiter& waiter = found->second;
  waiter.timer = 0;
  if (!waiter.read_up && scheduler_->Now() < waiter.deadline) {
    // Answers that have arrived, but were not read yet, count: the loop reads
    // them before the timers of its next turn.
    waiter.read_up = true;
    Arm(waiter, scheduler_->Now());
    return;
  }
  waiter.read_up = false;
  if (!TryToAnswer(waiter, Gather(waiter))) {
    if (scheduler_->Now() < waiter.deadline) return;
    Fail(waiter);
    Remove(id);
  }
  inquiry_.StopUnwanted();
  if (finished()) finished_();
}

std::vector<BridgeReport> HostLookup::Reports(const Waiter& waiter) const {
  std::vector<BridgeReport> reports;
  for (const BridgeLink* link :
       links_->Select(waiter.request.options.bridges)) {
    const HostQuery* query = waiter.asked ? inquiry_.QueryOf(*link) : nullptr;
    reports.push_back(query == nullptr ? UnaskedReport(*link)
                                       : query->Report());
  }
  return reports;
}

std::vector<std::string> HostLookup::Elsewhere(const Waiter& waiter) const {
  std::vector<std::string> bridges;
  for (BridgeLink* link : links_->all()) {
    if (InScope(waiter.request.options, *link) || !link->usable()) continue;
    const HostView view =
        ViewHost(*link, host_, scheduler_->Now(), absl::InfinitePast());
    if (!view.usable.empty()) bridges.push_back(link->bridge().name);
  }
  return bridges;
}

// Who had time enough to answer with an IPv4 address, and did not, need not be
// waited for the next time. The time counts from when this lookup asked, in
// whichever way: what came unasked tells nothing of what would be answered.
void HostLookup::NoteSilence(const Candidates& candidates) const {
  for (const Candidate& candidate : candidates) {
    const HostQuery* query = inquiry_.QueryOf(*candidate.link);
    if (query != nullptr && query->asked() &&
        !candidate.view.Has(IpFamily::kIpv4) &&
        candidate.view.Has(IpFamily::kIpv6) &&
        scheduler_->Now() - query->last_asked() >= kFamilyGrace) {
      candidate.link->NoteNoIpv4(host_);
    }
  }
}

// RFC 6762 section 10.4: what was asked for twice, in vain, is not there.
void HostLookup::LetGoOfUnconfirmed(const Waiter& waiter) const {
  for (BridgeLink* link : links_->Select(waiter.request.options.bridges)) {
    const HostQuery* query = inquiry_.QueryOf(*link);
    if (query == nullptr || query->multicasts_sent() < 2) continue;
    for (const dns::Type type : {dns::Type::kA, dns::Type::kAaaa}) {
      link->cache().LetGo(host_, type, waiter.start, scheduler_->Now());
    }
  }
  ready_->Drop(host_);
}

}  // namespace localstore::resolver
