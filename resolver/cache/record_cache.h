// What is known of one bridge: records under .local, as long as they hold.
//
// RFC 6762 sections 5.2 (refreshing), 7.1 (known answers), 10 (lifetimes,
// goodbyes, flushing) and 6.1 (what a host says it does not have).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "resolver/cache/cached_record.h"
#include "resolver/cache/record_store.h"
#include "resolver/dns/message.h"
#include "resolver/dns/name.h"
#include "resolver/net/ip_address.h"

namespace localstore::resolver {

// Longest life given to a record, whatever it says: RFC 6762 section 10
// recommends no longer one.
constexpr absl::Duration kMaxRecordLife = absl::Minutes(75);
// RFC 6762 sections 10.1 and 10.2.
constexpr absl::Duration kLeavingLife = absl::Seconds(1);

// Not thread-safe.
class RecordCache {
 public:
  // `removed` hears of each record that expired or was evicted, while it still
  // is there.
  using RemovedCallback = std::function<void(const CachedRecord&)>;

  explicit RecordCache(const StoreLimits& limits = StoreLimits(),
                       RemovedCallback removed = nullptr);

  struct Arrival {
    IpAddress source;
    absl::Time now;
    bool one_shot = false;  // in a unicast answer to a one-shot query
    bool asked = false;     // somebody wants records of this name
  };
  enum class Outcome {
    kIgnored,    // of no use here: type, class, domain, or unknown and TTL 0
    kAdded,      // was not known, or was about to leave
    kRefreshed,  // was known
    kLeaving,    // said goodbye
  };
  Outcome Insert(const dns::Record& record, const Arrival& arrival);

  // Removes what has expired by `now`.
  void Expire(absl::Time now);
  // When Expire has something to do; InfiniteFuture when never.
  absl::Time NextExpiry() const;

  // Records of `name` and `type` that hold at `now`, leaving ones included.
  // Pointers hold until the next call that is not const.
  std::vector<const CachedRecord*> Find(const dns::Name& name, dns::Type type,
                                        absl::Time now) const;
  bool HasName(const dns::Name& name) const {
    return !store_.Named(name).empty();
  }

  // SRV records with target `host` that hold at `now`; not leaving; at most
  // `max`.
  std::vector<const CachedRecord*> ServicesOf(const dns::Name& host,
                                              absl::Time now, int max) const;

  // Whether an NSEC record says that `name` has no `type` (RFC 6762 section
  // 6.1). A record that is there all the same is worth more: look for it first.
  bool Denies(const dns::Name& name, dns::Type type, absl::Time now) const;

  // Answers to `question` that a responder need not repeat: known for sure, and
  // for more than half of their life still (RFC 6762 section 7.1).
  std::vector<dns::Record> KnownAnswers(const dns::Question& question,
                                        absl::Time now) const;

  // Somebody wants what is under this name: keeps it from being evicted.
  void MarkAsked(const dns::Name& name);
  // Nobody does any more.
  void Release(const dns::Name& name);

  // When a record of `name` and `type` is next due to be asked for again: at
  // 80, 85, 90 and 95 % of its life, and a little (RFC 6762 section 5.2).
  absl::Time NextRefresh(const dns::Name& name, dns::Type type) const;
  // Whether one is due at `now`; counts it as asked for.
  bool TakeDueRefresh(const dns::Name& name, dns::Type type, absl::Time now);

  // Lets records of `name` and `type` go that were last heard before `since`:
  // they were asked for, and nobody answered (RFC 6762 section 10.4).
  void LetGo(const dns::Name& name, dns::Type type, absl::Time since,
             absl::Time now);

  // Hosts with an address, lower-case, sorted; at most `max`.
  std::vector<std::string> KnownHosts(absl::Time now, size_t max) const;

  int64_t size() const { return store_.size(); }
  int64_t bytes() const { return store_.bytes(); }
  // With an address, which may just have run out.
  int64_t hosts() const { return store_.hosts(); }

 private:
  void Flush(const dns::Record& record, absl::Time now);
  Outcome Refresh(CachedRecord* known, const dns::Record& record,
                  const Arrival& arrival);
  Outcome Leave(CachedRecord* known, absl::Time now);

  const RemovedCallback removed_;
  RecordStore store_;
};

}  // namespace localstore::resolver
