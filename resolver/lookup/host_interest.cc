#include "resolver/lookup/host_interest.h"

#include <algorithm>

#include "resolver/cache/record_cache.h"
#include "resolver/dns/message.h"

namespace localstore::resolver {
namespace {

constexpr dns::Type kAddressTypes[] = {dns::Type::kA, dns::Type::kAaaa};

}  // namespace

HostInterest::~HostInterest() {
  for (const auto& entry : hosts_) {
    scheduler_->CancelTimer(entry.second.timer);
  }
}

void HostInterest::Note(const dns::Name& host) {
  const auto found = hosts_.find(host);
  if (found == hosts_.end() && hosts_.size() >= max_hosts_) return;
  Interest& interest = found == hosts_.end() ? hosts_[host] : found->second;
  interest.until = scheduler_->Now() + kInterestLife;
  Arm(host, &interest);
}

void HostInterest::OnRecords(const absl::flat_hash_set<dns::Name>& names) {
  if (hosts_.empty()) return;
  for (const dns::Name& name : names) {
    const auto found = hosts_.find(name);
    if (found != hosts_.end()) Arm(name, &found->second);
  }
}

void HostInterest::Arm(const dns::Name& host, Interest* interest) {
  absl::Time at = interest->until;
  for (const BridgeLink* link : links_->all()) {
    if (!link->usable()) continue;
    for (const dns::Type type : kAddressTypes) {
      at = std::min(at, link->cache().NextRefresh(host, type));
    }
  }
  if (interest->timer != 0) {
    if (interest->timer_at == at) return;
    scheduler_->CancelTimer(interest->timer);
  }
  interest->timer_at = at;
  interest->timer = scheduler_->RunAfter(at - scheduler_->Now(),
                                         [this, host] { OnTimer(host); });
}

void HostInterest::OnTimer(const dns::Name& host) {
  const auto found = hosts_.find(host);
  if (found == hosts_.end()) return;
  found->second.timer = 0;
  if (scheduler_->Now() >= found->second.until) {
    hosts_.erase(found);
    return;
  }
  Refresh(host);
  Arm(host, &found->second);
}

void HostInterest::Refresh(const dns::Name& host) {
  for (BridgeLink* link : links_->all()) {
    if (!link->usable()) continue;
    BridgeLink::Inquiry inquiry;
    // Of what is about to expire, nothing is known for long any more.
    inquiry.known_answers = false;
    for (const dns::Type type : kAddressTypes) {
      if (!link->cache().TakeDueRefresh(host, type, scheduler_->Now())) {
        continue;
      }
      dns::Question question;
      question.name = host;
      question.type = type;
      inquiry.questions.push_back(std::move(question));
    }
    if (!inquiry.questions.empty()) link->Ask(inquiry, Channel::kMulticast);
  }
}

}  // namespace localstore::resolver
