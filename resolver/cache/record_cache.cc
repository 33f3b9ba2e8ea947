#include "resolver/cache/record_cache.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace localstore::resolver {
namespace {

constexpr std::array<double, 4> kRefreshAt = {0.80, 0.85, 0.90, 0.95};
constexpr double kRefreshSpread = 0.02;

bool IsLocal(const dns::Name& name) {
  return !name.is_root() &&
         absl::EqualsIgnoreCase(name.labels()[name.labels().size() - 1],
                                "local");
}

// RFC 6762 section 6.1: in mDNS, the next name is the name itself.
bool IsRestrictedNsec(const dns::Record& record) {
  const auto* nsec = std::get_if<dns::NsecData>(&record.data);
  return nsec != nullptr && nsec->next == record.name;
}

bool IsCacheable(const dns::Record& record) {
  if (record.klass != dns::kClassIn || !IsLocal(record.name)) return false;
  switch (record.type) {
    case dns::Type::kA:
    case dns::Type::kAaaa:
      return std::holds_alternative<dns::AddressData>(record.data);
    case dns::Type::kCname:
    case dns::Type::kPtr:
      return std::holds_alternative<dns::NameData>(record.data);
    case dns::Type::kSrv:
      return std::holds_alternative<dns::SrvData>(record.data);
    case dns::Type::kTxt:
      return std::holds_alternative<dns::TxtData>(record.data);
    case dns::Type::kNsec:
      return IsRestrictedNsec(record);
    default:
      return false;
  }
}

uint32_t ClampedTtl(uint32_t ttl) {
  return std::min(ttl,
                  static_cast<uint32_t>(absl::ToInt64Seconds(kMaxRecordLife)));
}

absl::Duration Life(const CachedRecord& cached) {
  return absl::Seconds(cached.record.ttl);
}

// The same share of the spread for a record each time, another for each record.
double Spread(const CachedRecord& cached) {
  const auto bits = static_cast<uint64_t>(
      absl::ToUnixNanos(cached.received) ^
      static_cast<int64_t>(reinterpret_cast<uintptr_t>(&cached)));
  return kRefreshSpread *
         static_cast<double>((bits * 0x9E3779B97F4A7C15ULL) >> 40) /
         static_cast<double>(1 << 24);
}

absl::Time RefreshTime(const CachedRecord& cached) {
  if (cached.leaving || cached.one_shot ||
      cached.refreshes >= static_cast<int>(kRefreshAt.size())) {
    return absl::InfiniteFuture();
  }
  const double at = kRefreshAt[cached.refreshes] + Spread(cached);
  return cached.expires - Life(cached) * (1.0 - at);
}

}  // namespace

RecordCache::RecordCache(const StoreLimits& limits, RemovedCallback removed)
    : removed_(std::move(removed)), store_(limits, removed_) {}

RecordCache::Outcome RecordCache::Insert(const dns::Record& record,
                                         const Arrival& arrival) {
  if (!IsCacheable(record)) return Outcome::kIgnored;
  if (record.cache_flush && !arrival.one_shot) Flush(record, arrival.now);
  CachedRecord* known = store_.Find(record);
  if (record.ttl == 0) {
    // A one-shot answer is for one querier: it ends nothing.
    if (known == nullptr || arrival.one_shot) return Outcome::kIgnored;
    return Leave(known, arrival.now);
  }
  if (known != nullptr) return Refresh(known, record, arrival);
  CachedRecord cached;
  cached.record = record;
  cached.record.ttl = ClampedTtl(record.ttl);
  cached.source = arrival.source;
  cached.created = arrival.now;
  cached.received = arrival.now;
  cached.expires = arrival.now + Life(cached);
  cached.one_shot = arrival.one_shot;
  return store_.Add(std::move(cached), arrival.asked) == nullptr
             ? Outcome::kIgnored
             : Outcome::kAdded;
}

// RFC 6762 section 10.2: the others of the set go, except those that were heard
// within the last second and so may belong to the same announcement.
void RecordCache::Flush(const dns::Record& record, absl::Time now) {
  for (CachedRecord* other : store_.Named(record.name)) {
    if (other->record.type != record.type ||
        other->record.klass != record.klass ||
        now - other->received <= kLeavingLife || other->leaving ||
        other->record.data == record.data) {
      continue;
    }
    Leave(other, now);
  }
}

RecordCache::Outcome RecordCache::Leave(CachedRecord* known, absl::Time now) {
  known->leaving = true;
  store_.SetExpiry(known, std::min(known->expires, now + kLeavingLife));
  return Outcome::kLeaving;
}

RecordCache::Outcome RecordCache::Refresh(CachedRecord* known,
                                          const dns::Record& record,
                                          const Arrival& arrival) {
  const bool revived = known->leaving;
  const absl::Time expires =
      arrival.now + absl::Seconds(ClampedTtl(record.ttl));
  // The shortened life of a one-shot answer takes nothing from a record that
  // was announced with its whole life.
  if (!arrival.one_shot || expires > known->expires || revived) {
    known->record.ttl = ClampedTtl(record.ttl);
    known->one_shot = arrival.one_shot;
    known->refreshes = 0;
    store_.SetExpiry(known, expires);
  }
  known->received = arrival.now;
  known->leaving = false;
  store_.Touch(known, arrival.asked);
  return revived ? Outcome::kAdded : Outcome::kRefreshed;
}

void RecordCache::Expire(absl::Time now) {
  while (CachedRecord* first = store_.FirstToExpire()) {
    if (first->expires > now) return;
    if (removed_) removed_(*first);
    store_.Remove(first);
  }
}

absl::Time RecordCache::NextExpiry() const {
  const CachedRecord* first = store_.FirstToExpire();
  return first == nullptr ? absl::InfiniteFuture() : first->expires;
}

std::vector<const CachedRecord*> RecordCache::Find(const dns::Name& name,
                                                   dns::Type type,
                                                   absl::Time now) const {
  std::vector<const CachedRecord*> found;
  for (const CachedRecord* cached : store_.Named(name)) {
    if (cached->record.type == type && cached->expires > now) {
      found.push_back(cached);
    }
  }
  return found;
}

std::vector<const CachedRecord*> RecordCache::ServicesOf(const dns::Name& host,
                                                         absl::Time now,
                                                         int max) const {
  std::vector<const CachedRecord*> found;
  for (const CachedRecord* cached : store_.ServicesOf(host)) {
    if (static_cast<int>(found.size()) >= max) break;
    if (cached->expires > now && !cached->leaving) found.push_back(cached);
  }
  return found;
}

bool RecordCache::Denies(const dns::Name& name, dns::Type type,
                         absl::Time now) const {
  const auto found = Find(name, dns::Type::kNsec, now);
  return std::any_of(
      found.begin(), found.end(), [type](const CachedRecord* cached) {
        if (cached->leaving) return false;
        const auto& types = std::get<dns::NsecData>(cached->record.data).types;
        return std::find(types.begin(), types.end(), type) == types.end();
      });
}

std::vector<dns::Record> RecordCache::KnownAnswers(
    const dns::Question& question, absl::Time now) const {
  std::vector<dns::Record> known;
  for (const CachedRecord* cached : store_.Named(question.name)) {
    const absl::Duration left = cached->expires - now;
    if ((cached->record.type != question.type &&
         question.type != dns::Type::kAny) ||
        cached->leaving || cached->one_shot || left * 2 <= Life(*cached)) {
      continue;
    }
    known.push_back(cached->record);
    known.back().ttl = static_cast<uint32_t>(absl::ToInt64Seconds(left));
    known.back().cache_flush = false;  // RFC 6762 section 10.2
  }
  return known;
}

void RecordCache::MarkAsked(const dns::Name& name) {
  for (CachedRecord* cached : store_.Named(name)) store_.Touch(cached, true);
}

void RecordCache::Release(const dns::Name& name) {
  for (CachedRecord* cached : store_.Named(name)) store_.Release(cached);
}

absl::Time RecordCache::NextRefresh(const dns::Name& name,
                                    dns::Type type) const {
  absl::Time next = absl::InfiniteFuture();
  for (const CachedRecord* cached : store_.Named(name)) {
    if (cached->record.type == type) {
      next = std::min(next, RefreshTime(*cached));
    }
  }
  return next;
}

bool RecordCache::TakeDueRefresh(const dns::Name& name, dns::Type type,
                                 absl::Time now) {
  bool due = false;
  for (CachedRecord* cached : store_.Named(name)) {
    if (cached->record.type != type) continue;
    while (RefreshTime(*cached) <= now) {
      ++cached->refreshes;
      due = true;
    }
  }
  return due;
}

void RecordCache::LetGo(const dns::Name& name, dns::Type type, absl::Time since,
                        absl::Time now) {
  for (CachedRecord* cached : store_.Named(name)) {
    if (cached->record.type == type && cached->received < since &&
        !cached->leaving) {
      Leave(cached, now);
    }
  }
}

std::vector<std::string> RecordCache::KnownHosts(absl::Time now,
                                                 size_t max) const {
  std::set<std::string> hosts;
  store_.ForEach([&](const CachedRecord& cached) {
    if ((cached.record.type == dns::Type::kA ||
         cached.record.type == dns::Type::kAaaa) &&
        cached.expires > now && hosts.size() < max) {
      hosts.insert(cached.record.name.Lowercase().ToString());
    }
  });
  return {hosts.begin(), hosts.end()};
}

}  // namespace localstore::resolver
