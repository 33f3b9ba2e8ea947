#include "resolver/cache/record_store.h"

#include <algorithm>
#include <memory>
#include <string>
#include <variant>

#include "absl/hash/hash.h"

namespace localstore::resolver {
namespace {

// List, set and map nodes, and what the allocator adds.
constexpr int64_t kOverheadBytes = 192;

int64_t NameBytes(const dns::Name& name) {
  int64_t bytes = 0;
  for (const std::string& label : name.labels()) {
    bytes += static_cast<int64_t>(sizeof(std::string) + label.size());
  }
  return bytes;
}

struct DataBytes {
  int64_t operator()(const dns::AddressData&) const { return 0; }
  int64_t operator()(const dns::NameData& data) const {
    return NameBytes(data.target);
  }
  int64_t operator()(const dns::SrvData& data) const {
    return NameBytes(data.target) * 2;  // it is a key of an index as well
  }
  int64_t operator()(const dns::TxtData& data) const {
    int64_t bytes = 0;
    for (const std::string& text : data.strings) {
      bytes += static_cast<int64_t>(sizeof(std::string) + text.size());
    }
    return bytes;
  }
  int64_t operator()(const dns::NsecData& data) const {
    return NameBytes(data.next) +
           static_cast<int64_t>(data.types.size() * sizeof(dns::Type));
  }
  int64_t operator()(const dns::OpaqueData& data) const {
    return static_cast<int64_t>(data.bytes.size());
  }
};

struct DataDigest {
  size_t operator()(const dns::AddressData& data) const {
    return absl::HashOf(data.address);
  }
  size_t operator()(const dns::NameData& data) const {
    return absl::HashOf(data.target);
  }
  size_t operator()(const dns::SrvData& data) const {
    return absl::HashOf(data.priority, data.weight, data.port, data.target);
  }
  size_t operator()(const dns::TxtData& data) const {
    return absl::HashOf(data.strings);
  }
  size_t operator()(const dns::NsecData& data) const {
    return absl::HashOf(data.next, data.types);
  }
  size_t operator()(const dns::OpaqueData& data) const {
    return absl::HashOf(data.bytes);
  }
};

bool IsAddress(const dns::Record& record) {
  return record.type == dns::Type::kA || record.type == dns::Type::kAaaa;
}

size_t Digest(const dns::Record& record) {
  return absl::HashOf(record.type, record.klass,
                      std::visit(DataDigest(), record.data));
}

}  // namespace

struct RecordStore::Node : CachedRecord {
  size_t digest = 0;  // of type, class and data: spares comparing them
  int64_t bytes = 0;
  bool asked = false;
  NodeList::iterator place;            // in by_use_
  NodeList::iterator place_of_source;  // in by_source_
};

RecordStore::Node* RecordStore::NodeOf(CachedRecord* record) {
  return static_cast<Node*>(record);
}

RecordStore::RecordStore(const StoreLimits& limits, EvictedCallback evicted)
    : limits_(limits), evicted_(std::move(evicted)) {}

RecordStore::~RecordStore() {
  for (const auto& entry : by_expiry_) delete NodeOf(entry.second);
}

CachedRecord* RecordStore::Add(CachedRecord record, bool asked) {
  auto node = std::make_unique<Node>();
  static_cast<CachedRecord&>(*node) = std::move(record);
  node->digest = Digest(node->record);
  node->asked = asked;
  node->bytes = static_cast<int64_t>(sizeof(Node)) + kOverheadBytes +
                NameBytes(node->record.name) * 2 +
                std::visit(DataBytes(), node->record.data);
  if (node->bytes > limits_.max_bytes / 16) return nullptr;
  MakeRoomInSet(*node);
  MakeRoomForSource(*node);
  MakeRoom(*node);
  Link(node.get());
  return node.release();
}

void RecordStore::Place(Node* node) {
  NodeList& use = by_use_[node->asked];
  node->place = use.insert(use.end(), node);
  Holding& own = by_source_[node->asked][node->source];
  node->place_of_source = own.nodes.insert(own.nodes.end(), node);
  own.bytes += node->bytes;
}

void RecordStore::Displace(Node* node) {
  by_use_[node->asked].erase(node->place);
  const auto own = by_source_[node->asked].find(node->source);
  own->second.nodes.erase(node->place_of_source);
  own->second.bytes -= node->bytes;
  if (own->second.nodes.empty()) by_source_[node->asked].erase(own);
}

void RecordStore::Link(Node* node) {
  Place(node);
  if (IsAddress(node->record) && !HasAddress(node->record.name)) ++hosts_;
  by_name_[node->record.name].push_back(node);
  if (const auto* srv = std::get_if<dns::SrvData>(&node->record.data)) {
    by_service_host_[srv->target].push_back(node);
  }
  by_expiry_.emplace(node->expires, node);
  bytes_ += node->bytes;
}

void RecordStore::Drop(absl::flat_hash_map<dns::Name, Set>& index,
                       const dns::Name& key, CachedRecord* record) {
  const auto found = index.find(key);
  if (found == index.end()) return;
  Set& set = found->second;
  set.erase(std::remove(set.begin(), set.end(), record), set.end());
  if (set.empty()) index.erase(found);
}

void RecordStore::Unlink(Node* node) {
  bytes_ -= node->bytes;
  by_expiry_.erase({node->expires, node});
  if (const auto* srv = std::get_if<dns::SrvData>(&node->record.data)) {
    Drop(by_service_host_, srv->target, node);
  }
  Drop(by_name_, node->record.name, node);
  if (IsAddress(node->record) && !HasAddress(node->record.name)) --hosts_;
  Displace(node);
}

bool RecordStore::HasAddress(const dns::Name& name) const {
  const absl::Span<CachedRecord* const> named = Named(name);
  return std::any_of(named.begin(), named.end(), [](const CachedRecord* other) {
    return IsAddress(other->record);
  });
}

void RecordStore::Remove(CachedRecord* record) {
  Unlink(NodeOf(record));
  delete NodeOf(record);
}

void RecordStore::Evict(Node* node) {
  if (evicted_) evicted_(*node);
  Remove(node);
}

// One scan, and only of the records that have the newcomer's name.
void RecordStore::MakeRoomInSet(const Node& newcomer) {
  const bool shared = newcomer.record.type == dns::Type::kPtr;
  const int limit =
      shared ? limits_.max_pointers_per_set : limits_.max_records_per_set;
  const int share = std::max(1, shared ? limit / 4 : limit / 2);
  int members = 0;
  int own = 0;
  CachedRecord* oldest = nullptr;
  CachedRecord* own_oldest = nullptr;
  for (CachedRecord* member : Named(newcomer.record.name)) {
    if (member->record.type != newcomer.record.type) continue;
    ++members;
    if (oldest == nullptr || member->received < oldest->received) {
      oldest = member;
    }
    if (member->source != newcomer.source) continue;
    ++own;
    if (own_oldest == nullptr || member->received < own_oldest->received) {
      own_oldest = member;
    }
  }
  if (own >= share) {
    Evict(NodeOf(own_oldest));
  } else if (members >= limit) {
    Evict(NodeOf(oldest));
  }
}

void RecordStore::MakeRoomForSource(const Node& newcomer) {
  const double share =
      newcomer.asked ? limits_.asked_share : limits_.unasked_share;
  const auto max_records =
      static_cast<size_t>(std::max(1.0, limits_.max_records * share));
  const auto max_bytes =
      static_cast<int64_t>(static_cast<double>(limits_.max_bytes) * share);
  const Holdings& holdings = by_source_[newcomer.asked];
  for (;;) {
    const auto own = holdings.find(newcomer.source);
    if (own == holdings.end()) return;
    const Holding& holding = own->second;
    if (holding.nodes.size() < max_records &&
        holding.bytes + newcomer.bytes <= max_bytes) {
      return;
    }
    Evict(holding.nodes.front());
  }
}

void RecordStore::MakeRoom(const Node& newcomer) {
  while (size() > 0 && (size() >= limits_.max_records ||
                        bytes_ + newcomer.bytes > limits_.max_bytes)) {
    Evict(by_use_[by_use_[false].empty()].front());
  }
}

CachedRecord* RecordStore::Find(const dns::Record& record) const {
  const absl::Span<CachedRecord* const> named = Named(record.name);
  if (named.empty()) return nullptr;
  const size_t digest = Digest(record);
  for (CachedRecord* candidate : named) {
    if (NodeOf(candidate)->digest == digest &&
        candidate->record.type == record.type &&
        candidate->record.klass == record.klass &&
        candidate->record.data == record.data) {
      return candidate;
    }
  }
  return nullptr;
}

void RecordStore::SetExpiry(CachedRecord* record, absl::Time expires) {
  by_expiry_.erase({record->expires, record});
  record->expires = expires;
  by_expiry_.emplace(expires, record);
}

void RecordStore::Touch(CachedRecord* record, bool asked) {
  Node* node = NodeOf(record);
  Displace(node);
  node->asked = node->asked || asked;
  Place(node);
}

void RecordStore::Release(CachedRecord* record) {
  Node* node = NodeOf(record);
  if (!node->asked) return;
  Displace(node);
  node->asked = false;
  Place(node);
}

absl::Span<CachedRecord* const> RecordStore::Named(
    const dns::Name& name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return {};
  return absl::MakeConstSpan(found->second);
}

absl::Span<CachedRecord* const> RecordStore::ServicesOf(
    const dns::Name& host) const {
  const auto found = by_service_host_.find(host);
  if (found == by_service_host_.end()) return {};
  return absl::MakeConstSpan(found->second);
}

CachedRecord* RecordStore::FirstToExpire() const {
  return by_expiry_.empty() ? nullptr : by_expiry_.begin()->second;
}

void RecordStore::ForEach(
    const std::function<void(const CachedRecord&)>& visit) const {
  for (const auto& entry : by_expiry_) visit(*entry.second);
}

}  // namespace localstore::resolver
