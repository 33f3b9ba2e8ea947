#include "resolver/link/bridge_link.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <variant>

#include "absl/random/uniform_int_distribution.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "resolver/dns/reader.h"
#include "resolver/query/query_schedule.h"
#include "resolver/query/query_writer.h"

namespace localstore::resolver {
namespace {

constexpr size_t kHeaderBytes = 12;
constexpr size_t kFlagsOffset = 2;
constexpr uint8_t kResponseFlag = 0x80;
constexpr size_t kRecordCost = 40;

// How long an answer about service types counts: announcements keep the cache
// current from then on.
constexpr absl::Duration kTypeAskedLife = absl::Minutes(1);
constexpr size_t kMaxTypesAsked = 64;
constexpr size_t kMaxHostsAsked = 1024;
constexpr absl::Duration kNoIpv4Life = absl::Minutes(1);
constexpr size_t kMaxNoIpv4 = 1024;

// Queries of others are worth less than answers.
FloodLimits QueryLimits() {
  FloodLimits limits;
  limits.source_rate = limits.source_burst = 1e5;
  limits.bridge_rate = limits.bridge_burst = 4e5;
  return limits;
}

bool IsAddress(const dns::Record& record) {
  return record.klass == dns::kClassIn &&
         (record.type == dns::Type::kA || record.type == dns::Type::kAaaa);
}

// In bytes: a record costs more than the few it may be compressed to.
size_t CostOf(absl::Span<const uint8_t> payload) {
  if (payload.size() < kHeaderBytes) return payload.size();
  const auto count = [&](size_t at) {
    return static_cast<size_t>(payload[at]) << 8 | payload[at + 1];
  };
  const size_t records =
      std::min(count(6) + count(8) + count(10), payload.size() / 11);
  return payload.size() + records * kRecordCost;
}

absl::string_view FamilyName(IpFamily family) {
  return family == IpFamily::kIpv4 ? "IPv4" : "IPv6";
}

}  // namespace

BridgeLink::BridgeLink(const Environment& environment, Bridge bridge)
    : environment_(environment),
      bridge_(std::move(bridge)),
      cache_(StoreLimits(),
             [this](const CachedRecord& removed) {
               NoteNews(removed.record, IsAddress(removed.record));
             }),
      query_guard_(QueryLimits()),
      counters_(environment_.counters->AddBridge(bridge_.name, bridge_.index)) {
}

BridgeLink::~BridgeLink() {
  environment_.scheduler->CancelTimer(expiry_timer_);
  environment_.counters->RemoveBridge(bridge_.index);
  if (opened_) environment_.transport->Close(bridge_.index);
}

void BridgeLink::Update(const Bridge& bridge) {
  const bool was_up = bridge_.up;
  bridge_ = bridge;
  addresses_.clear();
  for (const IpPrefix& prefix : bridge_.addresses) {
    addresses_.push_back(prefix.ToString());
  }
  send_problem_.clear();
  open_status_ = absl::OkStatus();
  if (bridge_.up && !bridge_.addresses.empty()) {
    opened_ = true;
    open_status_ = environment_.transport->Open(bridge_);
  } else if (opened_) {
    environment_.transport->Close(bridge_.index);
    opened_ = false;
  }
  if (was_up && !bridge_.up) Forget();
}

bool BridgeLink::Reopen() {
  if (!NeedsReopening()) return false;
  const auto state = [this] {
    const MdnsTransport& transport = *environment_.transport;
    return std::make_tuple(open_status_.ok(),
                           transport.IsOpen(bridge_.index, IpFamily::kIpv4),
                           transport.IsOpen(bridge_.index, IpFamily::kIpv6));
  };
  const auto before = state();
  open_status_ = environment_.transport->Open(bridge_);
  return state() != before;
}

bool BridgeLink::usable() const {
  if (!opened_) return false;
  const MdnsTransport& transport = *environment_.transport;
  return transport.IsOpen(bridge_.index, IpFamily::kIpv4) ||
         transport.IsOpen(bridge_.index, IpFamily::kIpv6);
}

std::string BridgeLink::problem() const {
  if (!bridge_.up) {
    return absl::StrCat("it is down (ip link set ", bridge_.name, " up)");
  }
  if (bridge_.addresses.empty()) {
    return "it has no address that could be used";
  }
  if (!open_status_.ok()) return std::string(open_status_.message());
  if (!usable()) return "no socket could be opened on it";
  return send_problem_;
}

void BridgeLink::Receive(const Datagram& datagram) {
  counters_->CountReceived();
  if (datagram.payload.size() >= kHeaderBytes &&
      (datagram.payload[kFlagsOffset] & kResponseFlag) == 0) {
    ReceiveQuery(datagram);
    return;
  }
  dns::Message message;
  const auto rejection = Examine(datagram, &message);
  if (rejection.has_value()) counters_->CountRejected(*rejection);
  if (rejection == Rejection::kThisDevice) return;
  ++responses_seen_;
  if (rejection.has_value()) {
    ++responses_rejected_;
    return;
  }
  counters_->CountAccepted();
  Accept(message, datagram);
  PublishCache();
  ArmExpiry();
  DeliverNews();
}

// Another querier's, unless it is one of ours come back. Of no use where nobody
// wants anything.
void BridgeLink::ReceiveQuery(const Datagram& datagram) {
  if (!environment_.listener->WantsAny() ||
      datagram.channel != Channel::kMulticast ||
      CheckDatagram(datagram, bridge_, *environment_.own).has_value() ||
      !query_guard_.Admit(datagram.source, CostOf(datagram.payload), Now())) {
    return;
  }
  absl::StatusOr<dns::ReadResult> read = dns::ReadMessage(datagram.payload);
  if (read.ok()) heard_.Note(read->message, cache_, Now());
}

absl::optional<Rejection> BridgeLink::Examine(const Datagram& datagram,
                                              dns::Message* message) {
  if (const auto rejection =
          CheckDatagram(datagram, bridge_, *environment_.own)) {
    return rejection;
  }
  FloodGuard& guard = datagram.channel == Channel::kMulticast ? multicast_guard_
                                                              : unicast_guard_;
  if (!guard.Admit(datagram.source, CostOf(datagram.payload), Now())) {
    return Rejection::kRateLimited;
  }
  absl::StatusOr<dns::ReadResult> read = dns::ReadMessage(datagram.payload);
  if (!read.ok()) return Rejection::kMalformed;
  *message = std::move(read->message);
  if (const auto rejection = CheckHeader(*message)) return rejection;
  if (datagram.channel == Channel::kUnicast) {
    return one_shot_queries_.Check(*message, Now());
  }
  return absl::nullopt;
}

void BridgeLink::Accept(const dns::Message& message, const Datagram& datagram) {
  RecordCache::Arrival arrival;
  arrival.source = datagram.source;
  arrival.now = Now();
  arrival.one_shot = datagram.channel == Channel::kUnicast;
  bool refused = false;
  for (const auto* section : {&message.answers, &message.additionals}) {
    for (const dns::Record& record : *section) {
      arrival.asked = environment_.listener->Wants(record.name);
      if (!Store(record, arrival)) refused = true;
    }
  }
  if (refused) ++responses_rejected_;
}

// False when it holds an address that cannot be used now. It is remembered all
// the same: the bridge's networks may change, and the caller is told of it.
bool BridgeLink::Store(const dns::Record& record,
                       const RecordCache::Arrival& arrival) {
  const RecordCache::Outcome outcome = cache_.Insert(record, arrival);
  if (outcome == RecordCache::Outcome::kIgnored) return true;
  const bool address = IsAddress(record);
  NoteNews(record, address && outcome != RecordCache::Outcome::kRefreshed);
  if (!address || record.ttl == 0) return true;
  const auto rejection =
      CheckAddress(std::get<dns::AddressData>(record.data).address, bridge_,
                   *environment_.own);
  if (!rejection.has_value()) return true;
  counters_->CountRejected(*rejection);
  return false;
}

void BridgeLink::NoteNews(const dns::Record& record, bool addresses_changed) {
  news_.addresses_changed |= addresses_changed;
  const auto note = [&](const dns::Name& name) {
    if (environment_.listener->Wants(name)) news_.names.insert(name);
  };
  note(record.name);
  if (const auto* srv = std::get_if<dns::SrvData>(&record.data)) {
    note(srv->target);
  }
}

void BridgeLink::DeliverNews() {
  if (news_.names.empty() && !news_.addresses_changed) return;
  const RecordNews news = std::exchange(news_, RecordNews());
  environment_.listener->OnRecords(*this, news);
}

void BridgeLink::PublishCache() {
  counters_->SetCache(cache_.size(), cache_.bytes(), cache_.hosts());
}

void BridgeLink::ArmExpiry() {
  const absl::Time next = cache_.NextExpiry();
  if (next >= expiry_at_) return;
  environment_.scheduler->CancelTimer(expiry_timer_);
  expiry_at_ = next;
  expiry_timer_ =
      environment_.scheduler->RunAfter(next - Now(), [this] { OnExpiry(); });
}

void BridgeLink::OnExpiry() {
  expiry_timer_ = 0;
  expiry_at_ = absl::InfiniteFuture();
  cache_.Expire(Now());
  PublishCache();
  ArmExpiry();
  DeliverNews();
}

void BridgeLink::Forget() {
  cache_.Expire(absl::InfiniteFuture());
  PublishCache();
  types_asked_.clear();
  hosts_asked_.clear();
  heard_.Clear();
  no_ipv4_.clear();
  DeliverNews();
}

uint16_t BridgeLink::NewId() {
  for (;;) {
    const auto id = static_cast<uint16_t>(
        absl::uniform_int_distribution<int>(1, 0xFFFF)(environment_.random));
    if (!one_shot_queries_.HasId(id)) return id;
  }
}

std::vector<dns::Record> BridgeLink::KnownAnswers(
    const std::vector<dns::Question>& questions) const {
  std::vector<dns::Record> answers;
  for (const dns::Question& question : questions) {
    for (dns::Record& known : cache_.KnownAnswers(question, Now())) {
      // Not yet all known: the responder adds SRV and TXT when it repeats the
      // PTR record (RFC 6763 section 12.1).
      if (known.type == dns::Type::kPtr &&
          cache_
              .Find(std::get<dns::NameData>(known.data).target, dns::Type::kSrv,
                    Now())
              .empty()) {
        continue;
      }
      if (std::find(answers.begin(), answers.end(), known) == answers.end()) {
        answers.push_back(std::move(known));
      }
    }
  }
  return answers;
}

int BridgeLink::Ask(const Inquiry& inquiry, Channel channel) {
  const bool multicast = channel == Channel::kMulticast;
  const auto prepare = [&](std::vector<dns::Question> questions) {
    Query query;
    if (!multicast) query.id = NewId();
    query.questions = std::move(questions);
    if (inquiry.known_answers && multicast) {
      query.known_answers = KnownAnswers(query.questions);
    }
    return query;
  };
  int sent = AskOnce(prepare(inquiry.questions), channel, inquiry.max_packets);
  if (sent == 0 || inquiry.optional.empty()) return sent;
  const Query optional = prepare(inquiry.optional);
  if (FitsOnePacket(optional)) sent += AskOnce(optional, channel, 1);
  return sent;
}

int BridgeLink::AskOnce(const Query& query, Channel channel, int max_packets) {
  const auto packets = WriteQuery(query, max_packets);
  if (!packets.ok()) {
    send_problem_ = std::string(packets.status().message());
    return 0;
  }
  const int sent = Send(*packets, channel);
  if (sent == 0) return 0;
  if (channel == Channel::kMulticast) {
    NoteAsked(query.questions);
  } else {
    one_shot_queries_.Add(query.id, query.questions, Now());
  }
  return sent;
}

int BridgeLink::Send(const std::vector<std::vector<uint8_t>>& packets,
                     Channel channel) {
  int sent = 0;
  std::vector<std::string> problems;
  for (const IpFamily family : {IpFamily::kIpv4, IpFamily::kIpv6}) {
    if (!environment_.transport->IsOpen(bridge_.index, family)) continue;
    for (const std::vector<uint8_t>& packet : packets) {
      const absl::Status status =
          environment_.transport->Send(bridge_.index, family, channel, packet);
      if (status.ok()) {
        ++sent;
        continue;
      }
      problems.push_back(absl::StrCat("a query could not be sent over ",
                                      FamilyName(family), ": ",
                                      status.message()));
      break;
    }
  }
  send_problem_ = absl::StrJoin(problems, "; ");
  if (sent > 0) counters_->CountSent(sent);
  return sent;
}

void BridgeLink::NoteAsked(const std::vector<dns::Question>& questions) {
  const absl::Time now = Now();
  for (const dns::Question& question : questions) {
    if (question.type == dns::Type::kA) {
      if (hosts_asked_.size() >= kMaxHostsAsked) hosts_asked_.clear();
      hosts_asked_[question.name] = now;
    }
    if (question.type != dns::Type::kPtr) continue;
    if (types_asked_.size() >= kMaxTypesAsked) types_asked_.clear();
    TypeAsked& asked =
        types_asked_.try_emplace(question.name, TypeAsked{now, now})
            .first->second;
    if (now - asked.last > kTypeAskedLife) asked.first = now;
    asked.last = now;
  }
}

bool BridgeLink::IsTypeKnown(const dns::Name& type, absl::Time now) const {
  const auto found = types_asked_.find(type);
  return found != types_asked_.end() &&
         now - found->second.last <= kTypeAskedLife &&
         now - found->second.first >= kServiceGrace;
}

bool BridgeLink::IsTypeAskedLately(const dns::Name& type,
                                   absl::Time now) const {
  const auto found = types_asked_.find(type);
  return found != types_asked_.end() &&
         now - found->second.last <= kTypeAskedLife;
}

bool BridgeLink::IsHostAskedLately(const dns::Name& host,
                                   absl::Time now) const {
  const auto found = hosts_asked_.find(host);
  return found != hosts_asked_.end() && now - found->second < kFirstInterval;
}

bool BridgeLink::WasHostAsked(const dns::Name& host, absl::Time since) const {
  const auto found = hosts_asked_.find(host);
  return found != hosts_asked_.end() && found->second >= since;
}

void BridgeLink::NoteNoIpv4(const dns::Name& host) {
  if (no_ipv4_.size() >= kMaxNoIpv4) no_ipv4_.clear();
  no_ipv4_[host] = Now();
}

bool BridgeLink::HasNoIpv4(const dns::Name& host, absl::Time now) const {
  const auto found = no_ipv4_.find(host);
  return found != no_ipv4_.end() && now - found->second <= kNoIpv4Life;
}

}  // namespace localstore::resolver
