#include "resolver/browse/service_browser.h"

#include <algorithm>
#include <utility>

namespace localstore::resolver {
namespace {

SeenServices Located(const SeenServices& services) {
  SeenServices located;
  for (const auto& entry : services) {
    if (entry.second.has_srv) located.insert(entry);
  }
  return located;
}

}  // namespace

ServiceBrowser::ServiceBrowser(std::set<dns::Name> types,
                               std::vector<std::string> bridges,
                               std::function<void(const BrowseEvent&)> event)
    : types_(std::move(types)),
      bridges_(std::move(bridges)),
      event_(std::move(event)) {}

bool ServiceBrowser::IsInScope(const BridgeLink& link) const {
  return bridges_.empty() || std::find(bridges_.begin(), bridges_.end(),
                                       link.bridge().name) != bridges_.end();
}

void ServiceBrowser::Tell(const LinkBrowse& browse) {
  auto& told = told_[&browse.link()];
  for (const auto& [type, seen] : browse.services()) {
    if (types_.count(type) > 0) {
      TellDifference(browse.link(), &told[type],
                     IsMetaType(type) ? seen : Located(seen));
    }
  }
}

void ServiceBrowser::TellLost(const BridgeLink& link) {
  const auto told = told_.find(&link);
  if (told == told_.end()) return;
  for (auto& entry : told->second) {
    TellDifference(link, &entry.second, SeenServices());
  }
  told_.erase(told);
}

void ServiceBrowser::TellDifference(const BridgeLink& link, SeenServices* told,
                                    SeenServices seen) {
  for (const auto& [name, before] : *told) {
    if (seen.count(name) == 0) Emit(BrowseEvent::Kind::kLost, link, before);
  }
  for (const auto& [name, now] : seen) {
    const auto before = told->find(name);
    if (before == told->end()) {
      Emit(BrowseEvent::Kind::kFound, link, now);
    } else if (!(before->second == now)) {
      Emit(BrowseEvent::Kind::kChanged, link, now);
    }
  }
  *told = std::move(seen);
}

void ServiceBrowser::Emit(BrowseEvent::Kind kind, const BridgeLink& link,
                          const SeenService& seen) {
  BrowseEvent event;
  event.kind = kind;
  event.bridge = link.bridge().name;
  event.service = seen.service;
  event.addresses = seen.addresses;
  event_(event);
}

}  // namespace localstore::resolver
