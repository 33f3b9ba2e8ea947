#include "resolver/lookup/host_inquiry.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "resolver/lookup/host_view.h"

namespace localstore::resolver {
namespace {

constexpr int kMaxSpellings = 4;
constexpr size_t kMaxMissingServices = 16;

// What an App that serves images may advertise; asked for with each host, so
// that its services are known when it is.
const std::vector<dns::Name>& UsualServices() {
  static const auto* const types =
      new std::vector<dns::Name>{*dns::Name::Parse("_workstation._tcp.local"),
                                 *dns::Name::Parse("_http._tcp.local"),
                                 *dns::Name::Parse("_https._tcp.local")};
  return *types;
}

dns::Question QuestionFor(const dns::Name& name, dns::Type type) {
  dns::Question question;
  question.name = name;
  question.type = type;
  return question;
}

bool SameSpelling(const dns::Name& a, const dns::Name& b) {
  return std::equal(a.labels().begin(), a.labels().end(), b.labels().begin(),
                    b.labels().end());
}

// Instances of `type` whose SRV record was not seen.
std::vector<dns::Name> WithoutSrv(const RecordCache& cache,
                                  const dns::Name& type, absl::Time now) {
  std::vector<dns::Name> missing;
  for (const CachedRecord* pointer : cache.Find(type, dns::Type::kPtr, now)) {
    if (missing.size() >= kMaxMissingServices) break;
    const dns::Name& instance =
        std::get<dns::NameData>(pointer->record.data).target;
    if (!pointer->leaving &&
        cache.Find(instance, dns::Type::kSrv, now).empty()) {
      missing.push_back(instance);
    }
  }
  return missing;
}

}  // namespace

HostInquiry::HostInquiry(const dns::Name& host, Scheduler* scheduler,
                         IsWanted is_wanted, DemandOf demand_of)
    : host_(host),
      scheduler_(scheduler),
      is_wanted_(std::move(is_wanted)),
      demand_of_(std::move(demand_of)) {
  AddSpelling(host.Lowercase());
  AddName(host);
}

void HostInquiry::AddName(const dns::Name& name) {
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) {
    names_.push_back(name);
  }
}

bool HostInquiry::AddSpelling(const dns::Name& spelling) {
  const bool known = std::any_of(
      addressed_.begin(), addressed_.end(),
      [&](const dns::Name& name) { return SameSpelling(name, spelling); });
  if (known || spellings_ >= kMaxSpellings) return false;
  ++spellings_;
  addressed_.insert(addressed_.begin(), spelling);
  return true;
}

void HostInquiry::AddAlias(const dns::Name& alias) {
  if (std::find(names_.begin(), names_.end(), alias) != names_.end() ||
      names_.size() > 2 * kMaxCnames) {
    return;
  }
  AddName(alias);
  addressed_.push_back(alias);
}

void HostInquiry::AddService(const dns::Name& service) { AddName(service); }

HostQuery& HostInquiry::QueryFor(BridgeLink& link) {
  std::unique_ptr<HostQuery>& query = queries_[&link];
  if (query == nullptr) {
    query = std::make_unique<HostQuery>(
        host_, &link, scheduler_,
        [this, &link](Channel channel) { return Compose(link, channel); });
  }
  return *query;
}

void HostInquiry::Ask(BridgeLink& link, absl::Duration delay, bool again,
                      bool hurry) {
  const bool running = queries_.count(&link) > 0;
  HostQuery& query = QueryFor(link);
  if (!running || again) {
    query.Start(delay, hurry);
  } else {
    query.StartAgain(hurry);
  }
}

void HostInquiry::AskForMissing(BridgeLink& link,
                                const dns::Name& end_of_chain) {
  const auto found = queries_.find(&link);
  if (found == queries_.end() || !found->second->MayFollowUp()) return;
  if (end_of_chain != host_) {
    BridgeLink::Inquiry inquiry;
    inquiry.questions = {QuestionFor(end_of_chain, dns::Type::kA),
                         QuestionFor(end_of_chain, dns::Type::kAaaa)};
    found->second->FollowUp(end_of_chain, inquiry);
  }
  const Demand demand = demand_of_(link);
  for (const dns::Name& service : demand.services) {
    for (const dns::Name& instance :
         WithoutSrv(link.cache(), service, scheduler_->Now())) {
      BridgeLink::Inquiry inquiry;
      inquiry.questions = {QuestionFor(instance, dns::Type::kSrv),
                           QuestionFor(instance, dns::Type::kTxt)};
      found->second->FollowUp(instance, inquiry);
    }
  }
}

void HostInquiry::Stop(const BridgeLink& link) { queries_.erase(&link); }

void HostInquiry::StopUnwanted() {
  for (auto query = queries_.begin(); query != queries_.end();) {
    query =
        is_wanted_(*query->first) ? std::next(query) : queries_.erase(query);
  }
}

const HostQuery* HostInquiry::QueryOf(const BridgeLink& link) const {
  const auto found = queries_.find(&link);
  return found == queries_.end() ? nullptr : found->second.get();
}

BridgeLink::Inquiry HostInquiry::Compose(const BridgeLink& link,
                                         Channel channel) const {
  BridgeLink::Inquiry inquiry;
  if (!is_wanted_(link)) return inquiry;
  const Demand demand = demand_of_(link);
  const absl::Time now = scheduler_->Now();
  if (channel == Channel::kUnicast && demand.answered &&
      demand.services.empty()) {
    return inquiry;
  }
  inquiry.known_answers = !demand.fresh;
  for (const dns::Name& name : addressed_) {
    inquiry.questions.push_back(QuestionFor(name, dns::Type::kA));
    inquiry.questions.push_back(QuestionFor(name, dns::Type::kAaaa));
  }
  std::vector<dns::Name> services = demand.services;
  for (const dns::Name& type : UsualServices()) {
    if (std::find(services.begin(), services.end(), type) == services.end()) {
      services.push_back(type);
    }
  }
  for (const dns::Name& service : services) {
    const bool lately = link.IsTypeAskedLately(service, now);
    if (channel == Channel::kMulticast ? !lately
                                       : !link.IsTypeKnown(service, now)) {
      inquiry.optional.push_back(QuestionFor(service, dns::Type::kPtr));
    }
  }
  for (const dns::Name& service : demand.services) {
    for (const dns::Name& instance : WithoutSrv(link.cache(), service, now)) {
      inquiry.optional.push_back(QuestionFor(instance, dns::Type::kSrv));
      inquiry.optional.push_back(QuestionFor(instance, dns::Type::kTxt));
    }
  }
  return inquiry;
}

}  // namespace localstore::resolver
