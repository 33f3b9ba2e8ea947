#include "resolver/lookup/host_lookups.h"

#include <utility>

#include "absl/random/uniform_int_distribution.h"
#include "resolver/lookup/lookup_failure.h"
#include "resolver/query/query_schedule.h"

namespace localstore::resolver {
namespace {

// A host on several bridges is heard of on the others about as often as its
// records are announced.
constexpr absl::Duration kAskedEverywhereLife = absl::Minutes(1);
constexpr size_t kMaxAskedEverywhere = 4096;

}  // namespace

HostLookups::HostLookups(BridgeLinks* links, Scheduler* scheduler,
                         Processors* processors, ReadyAnswers* ready,
                         absl::BitGenRef random)
    : links_(links),
      scheduler_(scheduler),
      processors_(processors),
      ready_(ready),
      random_(random),
      interest_(links, scheduler) {}

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
    lookup = std::make_unique<HostLookup>(
        host, links_, scheduler_, processors_, ready_,
        [this, host] { Drop(dns::Name(host)); });
  }
  const uint64_t id = request.id;
  interest_.Note(host);
  const bool everywhere = request.options.bridges.empty();
  host_of_.emplace(id, host);
  request.done = [this, id, done = std::move(request.done)](
                     absl::StatusOr<Resolution> result) {
    host_of_.erase(id);
    done(std::move(result));
  };
  lookup->Join(std::move(request));
  Index(lookup.get());
  if (everywhere && host_of_.count(id) == 0) AskSilentBridges(host);
  if (lookup->finished()) Drop(host);
}

// An answer that was known may be of one bridge only, because that one
// announced it: the others are asked, so that the next answer is of all.
void HostLookups::AskSilentBridges(const dns::Name& host) {
  const absl::Time now = scheduler_->Now();
  const auto asked = asked_everywhere_.find(host);
  if (asked != asked_everywhere_.end() &&
      now - asked->second <= kAskedEverywhereLife) {
    return;
  }
  if (asked_everywhere_.size() >= kMaxAskedEverywhere) {
    absl::erase_if(asked_everywhere_, [&](const auto& entry) {
      return now - entry.second > kAskedEverywhereLife;
    });
  }
  if (asked_everywhere_.size() >= kMaxAskedEverywhere) return;
  asked_everywhere_[host] = now;
  BridgeLink::Inquiry inquiry;
  for (const dns::Type type : {dns::Type::kA, dns::Type::kAaaa}) {
    dns::Question question;
    question.name = host;
    question.type = type;
    inquiry.questions.push_back(std::move(question));
  }
  for (BridgeLink* link : links_->all()) {
    if (!link->usable() || link->cache().HasName(host) ||
        link->WasHostAsked(host, now - kAskedEverywhereLife)) {
      continue;
    }
    link->Ask(inquiry, Channel::kMulticast);
  }
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

void HostLookups::Drop(const dns::Name& host) {
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
  // First: what is answered from now on has the news in it.
  ready_->Drop(names);
  interest_.OnRecords(names);
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
  ready_->Clear();
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
  ready_->Clear();
  for (const auto& entry : lookups_) entry.second->OnLinkLost(link);
}

}  // namespace localstore::resolver
