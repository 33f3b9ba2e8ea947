// Bounded storage of records: who is let in, and who has to go for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "resolver/cache/cached_record.h"
#include "resolver/dns/name.h"
#include "resolver/net/ip_address.h"

namespace localstore::resolver {

// What one bridge may cost, whatever is sent on it. A host that advertises one
// service takes about eight records of 300 to 400 bytes.
struct StoreLimits {
  int max_records = 4096;
  int64_t max_bytes = 1 << 20;
  // A host with more addresses than this is not one.
  int max_records_per_set = 16;
  // Instances of one service type.
  int max_pointers_per_set = 512;
  // What one sender may take of max_records and of max_bytes: of records that
  // nobody asked for, and of those that somebody did.
  double unasked_share = 1.0 / 8;
  double asked_share = 1.0 / 4;
};

// Records that were asked for are kept apart from those that merely flew by:
// the latter go first. A sender who has his share of either can only push out
// his own. Of a set (same name and type) one sender holds no more than half, of
// the instances of a service a quarter; beyond that he replaces his own.
//
// Pointers to records hold until the record is removed or another is added.
// Not thread-safe.
class RecordStore {
 public:
  // `evicted` hears of each record that went to make room, just before it goes.
  using EvictedCallback = std::function<void(const CachedRecord&)>;

  explicit RecordStore(const StoreLimits& limits,
                       EvictedCallback evicted = nullptr);
  ~RecordStore();

  RecordStore(const RecordStore&) = delete;
  RecordStore& operator=(const RecordStore&) = delete;

  // nullptr when it is too large by itself. The caller sees to it that there is
  // no equal record yet.
  CachedRecord* Add(CachedRecord record, bool asked);
  void Remove(CachedRecord* record);

  // The record of the same name and type with the same data, or nullptr.
  CachedRecord* Find(const dns::Record& record) const;

  void SetExpiry(CachedRecord* record, absl::Time expires);
  // Last in line to be evicted again, as it is or among those asked for.
  void Touch(CachedRecord* record, bool asked);
  // Nobody asks for it any more.
  void Release(CachedRecord* record);

  absl::Span<CachedRecord* const> Named(const dns::Name& name) const;
  // SRV records that point to `host`.
  absl::Span<CachedRecord* const> ServicesOf(const dns::Name& host) const;
  CachedRecord* FirstToExpire() const;  // nullptr when empty

  // `visit` must not change the store.
  void ForEach(const std::function<void(const CachedRecord&)>& visit) const;

  int64_t size() const { return static_cast<int64_t>(by_expiry_.size()); }
  int64_t bytes() const { return bytes_; }
  // Names that have an A or AAAA record.
  int64_t hosts() const { return hosts_; }

 private:
  struct Node;
  using NodeList = std::list<Node*>;
  struct Holding {  // of one sender; least recently used first
    NodeList nodes;
    int64_t bytes = 0;
  };
  using Holdings = absl::flat_hash_map<IpAddress, Holding>;
  using Set = absl::InlinedVector<CachedRecord*, 2>;

  static Node* NodeOf(CachedRecord* record);
  static void Drop(absl::flat_hash_map<dns::Name, Set>& index,
                   const dns::Name& key, CachedRecord* record);

  // Among those asked for, or not, as the node says.
  void Place(Node* node);
  void Displace(Node* node);
  void Link(Node* node);
  void Unlink(Node* node);
  bool HasAddress(const dns::Name& name) const;
  void Evict(Node* node);
  void MakeRoomInSet(const Node& newcomer);
  void MakeRoomForSource(const Node& newcomer);
  void MakeRoom(const Node& newcomer);

  const StoreLimits limits_;
  const EvictedCallback evicted_;
  absl::flat_hash_map<dns::Name, Set> by_name_;
  absl::flat_hash_map<dns::Name, Set> by_service_host_;
  // Indexed by whether they were asked for.
  std::array<NodeList, 2> by_use_;  // least recently used first
  std::array<Holdings, 2> by_source_;
  std::set<std::pair<absl::Time, CachedRecord*>> by_expiry_;
  int64_t bytes_ = 0;
  int64_t hosts_ = 0;
};

}  // namespace localstore::resolver
