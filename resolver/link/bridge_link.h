// One bridge as mDNS sees it: what is sent, what is believed, what is known.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/random/bit_gen_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "resolver/cache/record_cache.h"
#include "resolver/dns/message.h"
#include "resolver/dns/name.h"
#include "resolver/link/flood_guard.h"
#include "resolver/link/heard_questions.h"
#include "resolver/net/bridge_monitor.h"
#include "resolver/net/mdns_transport.h"
#include "resolver/net/scheduler.h"
#include "resolver/query/query_writer.h"
#include "resolver/query/response_filter.h"
#include "resolver/rejection.h"
#include "resolver/statistics/counters.h"

namespace localstore::resolver {

class BridgeLink;

// What records came or went, for those who wait for some.
struct RecordNews {
  absl::flat_hash_set<dns::Name> names;  // of those that are wanted
  bool addresses_changed = false;        // of any host
};

// Who wants records, and hears of them.
class RecordListener {
 public:
  virtual ~RecordListener() = default;
  virtual bool Wants(const dns::Name& name) const = 0;
  virtual bool WantsAny() const = 0;
  // After all of a packet's records, or of what expired, are in the cache.
  virtual void OnRecords(BridgeLink& link, const RecordNews& news) = 0;
};

// Not thread-safe: used on the loop's own thread.
class BridgeLink {
 public:
  // Each must outlive the link.
  struct Environment {
    Scheduler* scheduler = nullptr;
    MdnsTransport* transport = nullptr;
    RecordListener* listener = nullptr;
    const OwnAddresses* own = nullptr;
    Counters* counters = nullptr;
    absl::BitGenRef random;
  };

  BridgeLink(const Environment& environment, Bridge bridge);
  ~BridgeLink();

  BridgeLink(const BridgeLink&) = delete;
  BridgeLink& operator=(const BridgeLink&) = delete;

  // Opens, opens anew or closes the sockets as `bridge` now asks for. What was
  // known of a bridge that went down is forgotten.
  void Update(const Bridge& bridge);

  // Tries again to open what could not be opened. True when that has changed
  // what can be asked.
  bool Reopen();
  bool NeedsReopening() const { return opened_ && !open_status_.ok(); }

  const Bridge& bridge() const { return bridge_; }
  // Its addresses as text, "10.1.0.1/24".
  const std::vector<std::string>& addresses() const { return addresses_; }
  // Whether it can be asked at all.
  bool usable() const;
  // "", or what is wrong with it, in words; may be set on a usable link, too:
  // the last query could not be sent, say.
  std::string problem() const;

  void Receive(const Datagram& datagram);

  struct Inquiry {
    std::vector<dns::Question> questions;
    // Asked as well, by a query of their own: a responder keeps all answers to
    // a query back for as long as the slowest takes, and may take 20 to 120 ms
    // for those that others might give, too (RFC 6762 section 6). Only if that
    // goes into one packet: a query that goes on in another makes responders
    // wait for 400 ms and more (section 7.2).
    std::vector<dns::Question> optional;
    bool known_answers = true;  // leave out what is known (RFC 6762 7.1)
    int max_packets = 1;
  };
  // Sends to the groups of all families that are open. Returns how many packets
  // were sent; what failed becomes problem().
  int Ask(const Inquiry& inquiry, Channel channel);

  RecordCache& cache() { return cache_; }
  const RecordCache& cache() const { return cache_; }
  const OwnAddresses& own() const { return *environment_.own; }

  // Whether all who offer `type` have had time to say so, at `now`.
  bool IsTypeKnown(const dns::Name& type, absl::Time now) const;
  // Whether `type` was asked for so lately that it need not be asked again.
  bool IsTypeAskedLately(const dns::Name& type, absl::Time now) const;

  // Whether an address of `host` was asked for by multicast so lately that
  // asking so again would be too soon (RFC 6762 section 5.2).
  bool IsHostAskedLately(const dns::Name& host, absl::Time now) const;
  // Whether it was asked for by multicast since then, as far as remembered.
  bool WasHostAsked(const dns::Name& host, absl::Time since) const;

  // Whether another host has just asked so (RFC 6762 section 7.3).
  bool WasHeard(const dns::Name& name, dns::Type type, absl::Time now) const {
    return heard_.WasHeard(name, type, now);
  }

  // That `host` was asked for an IPv4 address, and kept silent about it.
  void NoteNoIpv4(const dns::Name& host);
  bool HasNoIpv4(const dns::Name& host, absl::Time now) const;

  // Responses that came from others than this device, and those of them that
  // were dropped or answered an address that cannot be used.
  int64_t responses_seen() const { return responses_seen_; }
  int64_t responses_rejected() const { return responses_rejected_; }
  RejectionCounts rejections() const { return counters_->rejected(); }

 private:
  // When a service type was asked for by multicast.
  struct TypeAsked {
    absl::Time first;  // of an unbroken series
    absl::Time last;
  };

  absl::Time Now() const { return environment_.scheduler->Now(); }
  void ReceiveQuery(const Datagram& datagram);
  absl::optional<Rejection> Examine(const Datagram& datagram,
                                    dns::Message* message);
  void Accept(const dns::Message& message, const Datagram& datagram);
  bool Store(const dns::Record& record, const RecordCache::Arrival& arrival);
  void NoteNews(const dns::Record& record, bool addresses_changed);
  void DeliverNews();
  void PublishCache();
  void ArmExpiry();
  void OnExpiry();
  void Forget();
  uint16_t NewId();
  std::vector<dns::Record> KnownAnswers(
      const std::vector<dns::Question>& questions) const;
  int AskOnce(const Query& query, Channel channel, int max_packets);
  int Send(const std::vector<std::vector<uint8_t>>& packets, Channel channel);
  void NoteAsked(const std::vector<dns::Question>& questions);

  Environment environment_;
  Bridge bridge_;
  std::vector<std::string> addresses_;
  bool opened_ = false;
  absl::Status open_status_;
  std::string send_problem_;
  RecordNews news_;
  RecordCache cache_;
  OneShotQueries one_shot_queries_;
  // Apart, so that a flood on one channel does not close the other.
  FloodGuard multicast_guard_;
  FloodGuard unicast_guard_;
  FloodGuard query_guard_;
  HeardQuestions heard_;
  absl::flat_hash_map<dns::Name, TypeAsked> types_asked_;
  absl::flat_hash_map<dns::Name, absl::Time> hosts_asked_;
  absl::flat_hash_map<dns::Name, absl::Time> no_ipv4_;
  Scheduler::TimerId expiry_timer_ = 0;
  absl::Time expiry_at_ = absl::InfiniteFuture();
  const std::shared_ptr<BridgeCounters> counters_;
  int64_t responses_seen_ = 0;
  int64_t responses_rejected_ = 0;
};

}  // namespace localstore::resolver
