#include "resolver/browse/service_browsers.h"

#include <utility>

#include "absl/random/uniform_int_distribution.h"
#include "resolver/query/query_schedule.h"

namespace localstore::resolver {

ServiceBrowsers::ServiceBrowsers(BridgeLinks* links, Scheduler* scheduler,
                                 absl::BitGenRef random)
    : links_(links), scheduler_(scheduler), random_(random) {}

LinkBrowse& ServiceBrowsers::BrowseOn(BridgeLink& link) {
  std::unique_ptr<LinkBrowse>& browse = browses_[&link];
  if (browse == nullptr) {
    browse = std::make_unique<LinkBrowse>(&link, scheduler_, &wanted_,
                                          [this, &link] { Tell(link); });
  }
  return *browse;
}

void ServiceBrowsers::Browse(BrowseRequest request) {
  const uint64_t id = request.id;
  browsers_[id] = std::make_unique<ServiceBrowser>(std::move(request.types),
                                                   std::move(request.bridges),
                                                   std::move(request.event));
  ServiceBrowser& browser = *browsers_[id];
  for (BridgeLink* link : links_->all()) {
    if (!browser.IsInScope(*link) || !link->usable()) continue;
    SetTypes(*link, absl::ZeroDuration());
    LinkBrowse& browse = BrowseOn(*link);
    browser.Tell(browse);
    browse.AskAgain(browser.types());
  }
}

void ServiceBrowsers::Cancel(uint64_t id) {
  if (browsers_.erase(id) == 0) return;
  for (BridgeLink* link : links_->all()) {
    if (browses_.count(link) > 0) SetTypes(*link, absl::ZeroDuration());
  }
}

void ServiceBrowsers::SetTypes(BridgeLink& link, absl::Duration delay) {
  std::set<dns::Name> types;
  for (const auto& entry : browsers_) {
    if (!entry.second->IsInScope(link)) continue;
    types.insert(entry.second->types().begin(), entry.second->types().end());
  }
  if (types.empty()) {
    browses_.erase(&link);
  } else {
    BrowseOn(link).SetTypes(types, delay);
  }
}

void ServiceBrowsers::Tell(const BridgeLink& link) {
  const LinkBrowse& browse = *browses_.at(&link);
  for (const auto& entry : browsers_) {
    if (entry.second->IsInScope(link)) entry.second->Tell(browse);
  }
}

void ServiceBrowsers::OnRecords(BridgeLink& link,
                                const absl::flat_hash_set<dns::Name>& names) {
  const auto browse = browses_.find(&link);
  if (browse == browses_.end()) return;
  for (const dns::Name& name : names) {
    if (wanted_.Contains(name)) {
      browse->second->OnRecords();
      return;
    }
  }
}

void ServiceBrowsers::OnLinkChanged(BridgeLink& link) {
  const absl::Duration delay =
      absl::Microseconds(absl::uniform_int_distribution<int64_t>(
          absl::ToInt64Microseconds(kShortestJitter),
          absl::ToInt64Microseconds(kLongestJitter))(random_));
  // Begins anew: its Apps may be others now.
  browses_.erase(&link);
  SetTypes(link, delay);
}

void ServiceBrowsers::OnLinkLost(const BridgeLink& link) {
  browses_.erase(&link);
  for (const auto& entry : browsers_) entry.second->TellLost(link);
}

}  // namespace localstore::resolver
