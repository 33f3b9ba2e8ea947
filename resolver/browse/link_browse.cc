#include "resolver/browse/link_browse.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "resolver/query/query_schedule.h"

namespace localstore::resolver {
namespace {

// Answers to one question come in many packets, each of which would change one
// service among hundreds.
constexpr absl::Duration kLookInterval = absl::Milliseconds(50);
constexpr int kMaxPackets = 16;
constexpr size_t kMaxQuestions = 48;
// How often what was left out is asked for: after 0, 1 and 3 seconds.
constexpr int kMaxMissingSent = 3;
// What one look finds missing is asked for in one packet, and however much
// more is found, not more than ten packets a second are sent for it.
constexpr absl::Duration kGatherTime = absl::Milliseconds(20);
constexpr absl::Duration kShortestInterval = absl::Milliseconds(100);

void AddQuestion(const dns::Name& name, dns::Type type,
                 std::vector<dns::Question>* questions) {
  if (questions->size() >= kMaxQuestions) return;
  dns::Question question;
  question.name = name;
  question.type = type;
  questions->push_back(std::move(question));
}

}  // namespace

LinkBrowse::LinkBrowse(BridgeLink* link, Scheduler* scheduler,
                       WantedNames* wanted, std::function<void()> changed)
    : link_(link),
      scheduler_(scheduler),
      wanted_(wanted),
      changed_(std::move(changed)) {}

LinkBrowse::~LinkBrowse() {
  scheduler_->CancelTimer(look_timer_);
  scheduler_->CancelTimer(ask_timer_);
  Want({});
  for (const auto& type : types_) wanted_->Remove(type.first);
}

void LinkBrowse::SetTypes(const std::set<dns::Name>& types,
                          absl::Duration delay) {
  for (auto type = types_.begin(); type != types_.end();) {
    if (types.count(type->first) > 0) {
      ++type;
      continue;
    }
    wanted_->Remove(type->first);
    type = types_.erase(type);
  }
  for (const dns::Name& type : types) {
    if (types_.count(type) > 0) continue;
    types_[type].next = scheduler_->Now() + delay;
    wanted_->Add(type);
    link_->cache().MarkAsked(type);
  }
  Look();
  if (delay <= absl::ZeroDuration()) OnAsk();
}

void LinkBrowse::AskAgain(const std::set<dns::Name>& types) {
  const absl::Time now = scheduler_->Now();
  for (auto& [type, continuous] : types_) {
    if (types.count(type) == 0 || now - continuous.last < kFirstInterval) {
      continue;
    }
    continuous.sent = 0;
    continuous.next = now;
  }
  OnAsk();
}

void LinkBrowse::OnRecords() {
  if (look_timer_ != 0) return;
  const absl::Duration wait = looked_ + kLookInterval - scheduler_->Now();
  if (wait <= absl::ZeroDuration()) {
    looked_ = scheduler_->Now();
    Look();
    return;
  }
  look_timer_ = scheduler_->RunAfter(wait, [this] {
    looked_ = scheduler_->Now();
    Look();
  });
}

void LinkBrowse::Look() {
  scheduler_->CancelTimer(look_timer_);
  look_timer_ = 0;
  std::map<dns::Name, SeenServices> services;
  std::set<dns::Name> names;
  for (const auto& type : types_) {
    SeenServices& seen = services[type.first];
    seen = ViewServices(link_->cache(), type.first, scheduler_->Now());
    if (IsMetaType(type.first)) continue;
    for (const auto& [instance, service] : seen) {
      names.insert(instance);
      if (service.has_srv) names.insert(service.host);
    }
  }
  const bool changed = services != services_;
  services_ = std::move(services);
  Want(std::move(names));
  NoteMissing();
  ArmAsk();
  if (changed) changed_();
}

void LinkBrowse::Want(std::set<dns::Name> names) {
  for (const dns::Name& name : names) {
    if (names_.count(name) > 0) continue;
    wanted_->Add(name);
    link_->cache().MarkAsked(name);
  }
  for (const dns::Name& name : names_) {
    if (names.count(name) > 0) continue;
    wanted_->Remove(name);
    link_->cache().Release(name);
  }
  names_ = std::move(names);
}

void LinkBrowse::NoteMissing() {
  for (auto& entry : missing_) entry.second.still = false;
  for (const auto& [type, services] : services_) {
    if (IsMetaType(type)) continue;
    for (const auto& [instance, seen] : services) {
      std::vector<dns::Type> types;
      if (!seen.has_srv) types.push_back(dns::Type::kSrv);
      if (!seen.has_txt) types.push_back(dns::Type::kTxt);
      NoteMissing(instance, std::move(types));
      if (seen.has_srv && seen.addresses.empty()) {
        NoteMissing(seen.host, {dns::Type::kA, dns::Type::kAaaa});
      }
    }
  }
  for (auto entry = missing_.begin(); entry != missing_.end();) {
    entry = entry->second.still ? std::next(entry) : missing_.erase(entry);
  }
}

void LinkBrowse::NoteMissing(const dns::Name& name,
                             std::vector<dns::Type> types) {
  if (types.empty()) return;
  Missing& missing =
      missing_.try_emplace(name, Missing{{}, scheduler_->Now(), 0, true})
          .first->second;
  missing.types = std::move(types);
  missing.still = true;
}

absl::Time LinkBrowse::NextAsk() const {
  absl::Time next = absl::InfiniteFuture();
  for (const auto& [type, continuous] : types_) {
    next = std::min({next, continuous.next,
                     link_->cache().NextRefresh(type, dns::Type::kPtr)});
  }
  for (const auto& [name, missing] : missing_) {
    if (missing.sent < kMaxMissingSent) next = std::min(next, missing.next);
  }
  for (const dns::Name& name : names_) {
    for (const dns::Type type :
         {dns::Type::kA, dns::Type::kAaaa, dns::Type::kSrv, dns::Type::kTxt}) {
      next = std::min(next, link_->cache().NextRefresh(name, type));
    }
  }
  return next;
}

void LinkBrowse::ArmAsk() {
  const absl::Time next = NextAsk();
  if (ask_timer_ != 0 && next == ask_at_) return;
  scheduler_->CancelTimer(ask_timer_);
  ask_timer_ = 0;
  ask_at_ = next;
  if (next == absl::InfiniteFuture()) return;
  const absl::Time now = scheduler_->Now();
  const absl::Time at =
      std::max({next, now + kGatherTime, asked_ + kShortestInterval});
  ask_timer_ = scheduler_->RunAfter(at - now, [this] { OnAsk(); });
}

void LinkBrowse::OnAsk() {
  scheduler_->CancelTimer(ask_timer_);
  ask_timer_ = 0;
  const absl::Time now = scheduler_->Now();
  Questions types;
  AddDueTypes(now, &types);
  Ask(std::move(types), /*known_answers=*/true);
  // Of these, nothing is known, or not for long any more.
  Questions records;
  AddDueMissing(now, &records);
  AddDueRefreshes(now, &records);
  Ask(std::move(records), /*known_answers=*/false);
  ArmAsk();
}

void LinkBrowse::Ask(Questions questions, bool known_answers) {
  if (questions.empty()) return;
  asked_ = scheduler_->Now();
  BridgeLink::Inquiry inquiry;
  inquiry.questions = std::move(questions);
  inquiry.known_answers = known_answers;
  inquiry.max_packets = kMaxPackets;
  link_->Ask(inquiry, Channel::kMulticast);
}

void LinkBrowse::AddDueTypes(absl::Time now, Questions* questions) {
  for (auto& [type, continuous] : types_) {
    const bool refresh =
        link_->cache().TakeDueRefresh(type, dns::Type::kPtr, now);
    if (refresh ||
        (continuous.next <= now && !LeaveToOthers(type, continuous, now))) {
      AddQuestion(type, dns::Type::kPtr, questions);
    }
    if (continuous.next > now) continue;
    ++continuous.sent;
    continuous.last = now;
    continuous.next = now + BrowseInterval(continuous.sent);
  }
}

// RFC 6762 section 7.3: what another host has just asked need not be repeated.
// Not the first time, since its answers were heard before anybody listened to
// them here; and not twice in a row, so that an App that sends such questions
// to this device alone keeps nothing from it.
bool LinkBrowse::LeaveToOthers(const dns::Name& type, Continuous& continuous,
                               absl::Time now) const {
  continuous.left_to_others = continuous.sent > 0 &&
                              !continuous.left_to_others &&
                              link_->WasHeard(type, dns::Type::kPtr, now);
  return continuous.left_to_others;
}

void LinkBrowse::AddDueMissing(absl::Time now, Questions* questions) {
  for (auto& [name, missing] : missing_) {
    if (missing.next > now || missing.sent >= kMaxMissingSent) continue;
    if (questions->size() + missing.types.size() > kMaxQuestions) return;
    for (const dns::Type type : missing.types) {
      AddQuestion(name, type, questions);
    }
    ++missing.sent;
    missing.next = now + BrowseInterval(missing.sent);
  }
}

void LinkBrowse::AddDueRefreshes(absl::Time now, Questions* questions) {
  RecordCache& cache = link_->cache();
  const auto add_if_due = [&](const dns::Name& name, dns::Type type) {
    if (questions->size() < kMaxQuestions &&
        cache.TakeDueRefresh(name, type, now)) {
      AddQuestion(name, type, questions);
    }
  };
  for (const dns::Name& name : names_) {
    for (const dns::Type type :
         {dns::Type::kA, dns::Type::kAaaa, dns::Type::kSrv, dns::Type::kTxt}) {
      add_if_due(name, type);
    }
  }
}

}  // namespace localstore::resolver
