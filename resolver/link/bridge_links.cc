#include "resolver/link/bridge_links.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "protos/errors/error.h"
#include "resolver/query/local_name.h"

namespace localstore::resolver {
namespace {

constexpr size_t kMaxKnownHosts = 1000;
constexpr absl::Duration kFirstRetry = absl::Seconds(1);
constexpr absl::Duration kLastRetry = absl::Minutes(1);

}  // namespace

BridgeLinks::BridgeLinks(Scheduler* scheduler, BridgeMonitor* monitor,
                         MdnsTransport* transport, absl::BitGenRef random,
                         Counters* counters, RecordListener* records,
                         LinkListener* listener)
    : environment_{scheduler, transport, records, &own_, counters, random},
      monitor_(monitor),
      listener_(listener) {}

BridgeLinks::~BridgeLinks() {
  environment_.scheduler->CancelTimer(retry_timer_);
  monitor_->SetListener(nullptr);
  environment_.transport->SetReceiver(nullptr);
}

void BridgeLinks::Start() {
  environment_.transport->SetReceiver([this](const Datagram& datagram) {
    const auto link = links_.find(datagram.bridge_index);
    if (link != links_.end()) link->second->Receive(datagram);
  });
  monitor_->SetListener([this] { Follow(); });
  Follow();
}

void BridgeLinks::Follow() {
  own_.clear();
  for (const Bridge& bridge : monitor_->bridges()) {
    for (const IpPrefix& prefix : bridge.addresses) own_.insert(prefix.address);
  }
  DropGone();
  for (const Bridge& bridge : monitor_->bridges()) Apply(bridge);
  retry_delay_ = kFirstRetry;
  ArmRetry();
  listener_->OnBridgesChanged();
}

void BridgeLinks::ArmRetry() {
  environment_.scheduler->CancelTimer(retry_timer_);
  retry_timer_ = 0;
  const bool needed =
      std::any_of(by_name_.begin(), by_name_.end(),
                  [](BridgeLink* link) { return link->NeedsReopening(); });
  if (!needed) return;
  retry_timer_ =
      environment_.scheduler->RunAfter(retry_delay_, [this] { Retry(); });
  retry_delay_ = std::min(retry_delay_ * 2, kLastRetry);
}

void BridgeLinks::Retry() {
  bool changed = false;
  for (BridgeLink* link : by_name_) {
    if (!link->Reopen()) continue;
    changed = true;
    if (link->usable()) listener_->OnLinkChanged(*link);
  }
  ArmRetry();
  if (changed) listener_->OnBridgesChanged();
}

void BridgeLinks::DropGone() {
  const std::vector<Bridge>& bridges = monitor_->bridges();
  for (auto link = links_.begin(); link != links_.end();) {
    const bool there =
        std::any_of(bridges.begin(), bridges.end(), [&](const Bridge& bridge) {
          return bridge.index == link->first &&
                 bridge.name == link->second->bridge().name;
        });
    if (there) {
      ++link;
      continue;
    }
    listener_->OnLinkLost(*link->second);
    link = links_.erase(link);
    Index();
  }
}

void BridgeLinks::Apply(const Bridge& bridge) {
  const auto found = links_.find(bridge.index);
  if (found != links_.end() && found->second->bridge() == bridge) return;
  const bool is_new = found == links_.end();
  if (is_new) {
    links_.emplace(bridge.index,
                   std::make_unique<BridgeLink>(environment_, bridge));
  }
  BridgeLink& link = *links_.at(bridge.index);
  const bool was_usable = !is_new && link.usable();
  link.Update(bridge);
  Index();
  if (link.usable()) {
    listener_->OnLinkChanged(link);
  } else if (was_usable) {
    listener_->OnLinkLost(link);
  }
}

void BridgeLinks::Index() {
  by_name_.clear();
  for (const auto& entry : links_) by_name_.push_back(entry.second.get());
  std::sort(by_name_.begin(), by_name_.end(),
            [](const BridgeLink* a, const BridgeLink* b) {
              return a->bridge().name < b->bridge().name;
            });
}

std::vector<BridgeLink*> BridgeLinks::Select(
    const std::vector<std::string>& names) const {
  if (names.empty()) return by_name_;
  std::vector<BridgeLink*> selected;
  for (BridgeLink* link : by_name_) {
    if (std::find(names.begin(), names.end(), link->bridge().name) !=
        names.end()) {
      selected.push_back(link);
    }
  }
  return selected;
}

BridgeLink* BridgeLinks::Find(absl::string_view name) const {
  for (BridgeLink* link : by_name_) {
    if (link->bridge().name == name) return link;
  }
  return nullptr;
}

absl::Status BridgeLinks::CheckNames(
    const std::vector<std::string>& names) const {
  std::vector<FieldViolation> violations;
  for (size_t i = 0; i < names.size() && !by_name_.empty(); ++i) {
    if (Find(names[i]) != nullptr) continue;
    violations.push_back(
        {absl::StrCat("bridges[", i, "]"),
         absl::StrCat("there is no bridge of this name; there are ",
                      absl::StrJoin(by_name_, ", ",
                                    [](std::string* out, BridgeLink* link) {
                                      out->append(link->bridge().name);
                                    }))});
  }
  return violations.empty() ? absl::OkStatus() : MakeBadRequest(violations);
}

std::vector<BridgeState> BridgeLinks::States(absl::Time now) const {
  std::vector<BridgeState> states;
  for (const BridgeLink* link : by_name_) {
    BridgeState state;
    state.name = link->bridge().name;
    state.index = link->bridge().index;
    state.up = link->bridge().up;
    state.addresses = link->addresses();
    for (const std::string& host :
         link->cache().KnownHosts(now, kMaxKnownHosts)) {
      state.known_hosts.push_back(ToUtf8(host));
    }
    state.problem = link->problem();
    states.push_back(std::move(state));
  }
  return states;
}

}  // namespace localstore::resolver
