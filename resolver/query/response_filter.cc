#include "resolver/query/response_filter.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"

namespace localstore::resolver {
namespace {

constexpr absl::Duration kOneShotLife = absl::Seconds(2);
// For as many lookups at once as the server takes calls, each with two.
constexpr size_t kMaxOneShotQueries = 8192;

bool IsOnLink(const IpAddress& source, const Bridge& bridge) {
  return std::any_of(
             bridge.addresses.begin(), bridge.addresses.end(),
             [&](const IpPrefix& own) { return own.Contains(source); }) ||
         (source.family() == IpFamily::kIpv6 && source.IsLinkLocal());
}

bool CanBeSource(const IpAddress& source) {
  return !source.IsUnspecified() && !source.IsLoopback() &&
         !source.IsMulticast() && !source.IsBroadcast() && !source.IsV4Mapped();
}

// The subnet-router anycast address (RFC 4291 section 2.6.1).
bool IsIpv6Network(const IpAddress& address, const IpPrefix& prefix) {
  if (address.family() != IpFamily::kIpv6 || prefix.length > 126) return false;
  for (int bit = prefix.length; bit < 128; ++bit) {
    if ((address.bytes()[bit / 8] & (0x80 >> (bit % 8))) != 0) return false;
  }
  return true;
}

size_t HashOf(const dns::Question& question) {
  return absl::HashOf(question.name, question.type, question.klass);
}

}  // namespace

absl::optional<Rejection> CheckDatagram(const Datagram& datagram,
                                        const Bridge& bridge,
                                        const OwnAddresses& own) {
  if (datagram.arrival_index != bridge.index) return Rejection::kWrongInterface;
  if (datagram.truncated) return Rejection::kTooLarge;
  if (own.contains(datagram.source)) return Rejection::kThisDevice;
  if (datagram.source_port != kMdnsPort) return Rejection::kWrongSourcePort;
  if (!CanBeSource(datagram.source)) return Rejection::kOffLinkSource;
  const bool multicast = datagram.channel == Channel::kMulticast &&
                         datagram.destination.IsMulticast();
  if (multicast) {
    // RFC 6762 section 11: what was sent to the link-local group was sent on
    // this link, whatever its source address. The addresses it answers with
    // are judged on their own, so that a misconfigured App can be told from a
    // silent one.
    return absl::nullopt;
  }
  if (datagram.channel == Channel::kMulticast) {
    return Rejection::kUnsolicitedUnicast;
  }
  if (!IsOnLink(datagram.source, bridge)) return Rejection::kOffLinkSource;
  return absl::nullopt;
}

absl::optional<Rejection> CheckHeader(const dns::Message& message) {
  if (message.opcode != 0) return Rejection::kWrongOpcode;
  if (message.rcode != 0) return Rejection::kErrorCode;
  return absl::nullopt;
}

absl::optional<Rejection> CheckAddress(const IpAddress& address,
                                       const Bridge& bridge,
                                       const OwnAddresses& own) {
  if (address.IsUnspecified()) return Rejection::kAddressUnspecified;
  if (address.IsLoopback()) return Rejection::kAddressLoopback;
  if (address.IsMulticast()) return Rejection::kAddressMulticast;
  if (address.IsBroadcast()) return Rejection::kAddressBroadcast;
  if (address.IsV4Mapped()) return Rejection::kAddressV4Mapped;
  if (own.contains(address)) return Rejection::kAddressOfThisDevice;
  for (const IpPrefix& prefix : bridge.addresses) {
    if (!prefix.Contains(address)) continue;
    if (prefix.IsNetworkOrBroadcast(address) ||
        IsIpv6Network(address, prefix)) {
      return Rejection::kAddressOfNetwork;
    }
  }
  if (!SourceAddressFor(address, bridge).has_value()) {
    return Rejection::kAddressOffLink;
  }
  return absl::nullopt;
}

absl::optional<IpAddress> SourceAddressFor(const IpAddress& address,
                                           const Bridge& bridge) {
  const IpPrefix* best = nullptr;
  for (const IpPrefix& own : bridge.addresses) {
    const bool link_local = address.family() == IpFamily::kIpv6 &&
                            own.address.family() == IpFamily::kIpv6 &&
                            address.IsLinkLocal() && own.address.IsLinkLocal();
    if (!own.Contains(address) && !link_local) continue;
    if (best == nullptr || own.length > best->length) best = &own;
  }
  if (best == nullptr) return absl::nullopt;
  return best->address;
}

void OneShotQueries::Add(uint16_t id,
                         const std::vector<dns::Question>& questions,
                         absl::Time now) {
  while (!ids_.empty() && (ids_.size() >= kMaxOneShotQueries ||
                           now - queries_[ids_.front()].sent > kOneShotLife)) {
    queries_.erase(ids_.front());
    ids_.pop_front();
  }
  Query& query = queries_[id];
  query.sent = now;
  query.questions.clear();
  for (const dns::Question& question : questions) {
    query.questions.push_back(HashOf(question));
  }
  ids_.push_back(id);
}

absl::optional<Rejection> OneShotQueries::Check(const dns::Message& message,
                                                absl::Time now) const {
  const auto query = queries_.find(message.id);
  if (query == queries_.end() || now - query->second.sent > kOneShotLife) {
    return Rejection::kUnsolicitedUnicast;
  }
  const std::vector<size_t>& asked = query->second.questions;
  for (const dns::Question& repeated : message.questions) {
    if (std::find(asked.begin(), asked.end(), HashOf(repeated)) ==
        asked.end()) {
      return Rejection::kMismatchedQuestion;
    }
  }
  return absl::nullopt;
}

}  // namespace localstore::resolver
