// Which datagrams are answers to believe.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "resolver/dns/message.h"
#include "resolver/net/bridge_monitor.h"
#include "resolver/net/ip_address.h"
#include "resolver/net/mdns_transport.h"

namespace localstore::resolver {

using OwnAddresses = absl::flat_hash_set<IpAddress>;

// Why a response was not believed, or an address in one not used.
enum class Rejection {
  kWrongInterface,      // arrived on another interface than the socket's
  kTooLarge,            // more than 9000 bytes (RFC 6762 section 17)
  kThisDevice,          // sent by this device itself
  kWrongSourcePort,     // not from port 5353 (RFC 6762 section 6)
  kOffLinkSource,       // sender not on this bridge's network (section 11)
  kMalformed,           // cannot be read as a DNS message
  kWrongOpcode,         // section 18.3
  kErrorCode,           // section 18.11
  kUnsolicitedUnicast,  // answers no recent one-shot query (section 6)
  kMismatchedQuestion,  // repeats a question that was not asked
  kRateLimited,         // more than one bridge may take of the loop
  kAddressOffLink,      // the rest: an address that was answered
  kAddressOfThisDevice,
  kAddressLoopback,
  kAddressMulticast,
  kAddressBroadcast,
  kAddressUnspecified,
  kAddressOfNetwork,
  kAddressV4Mapped,
};

// "wrong_source_port"
absl::string_view RejectionName(Rejection rejection);
// What is wrong with the address, for a message: "is this device's own".
absl::string_view AddressProblem(Rejection rejection);

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

// The one-shot queries that may still be answered by unicast.
class OneShotQueries {
 public:
  void Add(uint16_t id, std::vector<dns::Question> questions, absl::Time now);
  // Nothing when `message` answers one of them: same ID, and no question that
  // was not asked; sent within the last two seconds (RFC 6762 sections 6, 6.7).
  absl::optional<Rejection> Check(const dns::Message& message,
                                  absl::Time now) const;
  bool HasId(uint16_t id) const;

 private:
  struct Query {
    uint16_t id = 0;
    std::vector<dns::Question> questions;
    absl::Time sent;
  };
  std::vector<Query> queries_;  // oldest first
};

}  // namespace localstore::resolver
