#include "resolver/lookup/host_query.h"

#include <algorithm>
#include <utility>

#include "resolver/query/query_schedule.h"

namespace localstore::resolver {
namespace {

constexpr size_t kMaxFollowUps = 32;
constexpr absl::Duration kFollowUpInterval = absl::Milliseconds(10);

}  // namespace

HostQuery::HostQuery(const dns::Name& host, BridgeLink* link,
                     Scheduler* scheduler, Compose compose)
    : link_(link),
      scheduler_(scheduler),
      compose_(std::move(compose)),
      host_(host),
      responses_seen_before_(link->responses_seen()),
      responses_rejected_before_(link->responses_rejected()),
      rejections_before_(link->rejections()) {}

HostQuery::~HostQuery() { scheduler_->CancelTimer(timer_); }

void HostQuery::Start(absl::Duration delay, bool hurry) {
  scheduler_->CancelTimer(timer_);
  timer_ = 0;
  started_ = scheduler_->Now() + delay;
  hurry_ = hurry;
  step_ = 0;
  if (delay > absl::ZeroDuration()) {
    ArmNext();
  } else {
    Step();
  }
}

void HostQuery::StartAgain(bool hurry) {
  if (scheduler_->Now() - last_multicast_ >= kFirstInterval) {
    Start(absl::ZeroDuration(), hurry);
  }
}

void HostQuery::Step() {
  timer_ = 0;
  Channel channel = LookupStep(step_).channel;
  ++step_;
  if (channel == Channel::kMulticast && IsMulticastUseless()) {
    channel = Channel::kUnicast;
    hurry_ = false;
  }
  const BridgeLink::Inquiry inquiry = compose_(channel);
  if (!inquiry.questions.empty()) Send(inquiry, channel);
  ArmNext();
}

// What was asked within the last second by another lookup, or, when asked
// again, by another host (RFC 6762 section 7.3), is answered by multicast but
// once. Not left to others twice in a row: an App may ask so that nobody else
// hears it.
bool HostQuery::IsMulticastUseless() {
  const absl::Time now = scheduler_->Now();
  if (!asked()) return link_->IsHostAskedLately(host_, now);
  left_to_others_ =
      !left_to_others_ && link_->WasHeard(host_, dns::Type::kA, now);
  return left_to_others_;
}

void HostQuery::ArmNext() {
  absl::Time at = started_ + LookupStep(step_).at;
  if (hurry_ && step_ == 1) at = started_;
  timer_ = scheduler_->RunAfter(
      std::max(at - scheduler_->Now(), absl::ZeroDuration()),
      [this] { Step(); });
}

void HostQuery::Send(const BridgeLink::Inquiry& inquiry, Channel channel) {
  const int sent = link_->Ask(inquiry, channel);
  queries_sent_ += sent;
  if (sent > 0) last_asked_ = scheduler_->Now();
  if (channel == Channel::kMulticast) {
    last_multicast_ = scheduler_->Now();
    if (sent > 0) ++multicasts_sent_;
  }
}

bool HostQuery::MayFollowUp() const {
  return followed_up_.size() < kMaxFollowUps &&
         scheduler_->Now() - followed_up_at_ >= kFollowUpInterval;
}

void HostQuery::FollowUp(const dns::Name& missing,
                         const BridgeLink::Inquiry& inquiry) {
  if (followed_up_.size() >= kMaxFollowUps) return;
  if (!followed_up_.insert(missing).second) return;
  followed_up_at_ = scheduler_->Now();
  queries_sent_ += link_->Ask(inquiry, Channel::kMulticast);
}

BridgeReport HostQuery::Report() const {
  BridgeReport report = UnaskedReport(*link_);
  report.queried = queries_sent_ > 0;
  report.queries_sent = queries_sent_;
  report.responses_seen =
      static_cast<int>(link_->responses_seen() - responses_seen_before_);
  report.responses_rejected = static_cast<int>(link_->responses_rejected() -
                                               responses_rejected_before_);
  return report;
}

std::vector<Rejection> HostQuery::Rejections() const {
  std::vector<Rejection> reasons;
  const RejectionCounts now = link_->rejections();
  for (const Rejection reason : AllRejections()) {
    if (now[reason] > rejections_before_[reason]) reasons.push_back(reason);
  }
  return reasons;
}

BridgeReport UnaskedReport(const BridgeLink& link) {
  BridgeReport report;
  report.bridge = link.bridge().name;
  report.addresses = link.addresses();
  report.problem = link.problem();
  return report;
}

}  // namespace localstore::resolver
