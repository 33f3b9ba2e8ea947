// Which datagrams are answers to believe.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "resolver/dns/message.h"
#include "resolver/net/bridge_monitor.h"
#include "resolver/net/ip_address.h"
#include "resolver/net/mdns_transport.h"
#include "resolver/rejection.h"

namespace localstore::resolver {

using OwnAddresses = absl::flat_hash_set<IpAddress>;

// Judges a response by where it came from and how. `bridge` is the one that the
// socket belongs to, `own` what this device's addresses are on all bridges.
absl::optional<Rejection> CheckDatagram(const Datagram& datagram,
                                        const Bridge& bridge,
                                        const OwnAddresses& own);

// Judges the header of a response (RFC 6762 section 18).
absl::optional<Rejection> CheckHeader(const dns::Message& message);

// Judges an address that was answered on `bridge`: it must lie in one of its
// networks, or be link-local where the bridge has a link-local address, too.
absl::optional<Rejection> CheckAddress(const IpAddress& address,
                                       const Bridge& bridge,
                                       const OwnAddresses& own);

// This device's address on `bridge` from which `address` is reached; nullopt
// when there is none.
absl::optional<IpAddress> SourceAddressFor(const IpAddress& address,
                                           const Bridge& bridge);

// The one-shot queries that may still be answered by unicast: 8,192 at most,
// the latest.
class OneShotQueries {
 public:
  // `id` is not one that HasId.
  void Add(uint16_t id, const std::vector<dns::Question>& questions,
           absl::Time now);
  // Nothing when `message` answers one of them: same ID, and no question that
  // was not asked; sent within the last two seconds (RFC 6762 sections 6, 6.7).
  absl::optional<Rejection> Check(const dns::Message& message,
                                  absl::Time now) const;
  bool HasId(uint16_t id) const { return queries_.contains(id); }

 private:
  struct Query {
    std::vector<size_t> questions;  // hashes: thousands may be under way
    absl::Time sent;
  };
  absl::flat_hash_map<uint16_t, Query> queries_;
  std::deque<uint16_t> ids_;  // of the queries, oldest first
};

}  // namespace localstore::resolver
