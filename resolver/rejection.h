// Why something that was received is not believed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace localstore::resolver {

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
  kAddressV4Mapped,  // the last
};

constexpr size_t kRejectionCount =
    static_cast<size_t>(Rejection::kAddressV4Mapped) + 1;

// How often each occurred.
class RejectionCounts {
 public:
  int64_t& operator[](Rejection rejection) {
    return counts_[static_cast<size_t>(rejection)];
  }
  int64_t operator[](Rejection rejection) const {
    return counts_[static_cast<size_t>(rejection)];
  }

 private:
  std::array<int64_t, kRejectionCount> counts_{};
};

// Every value, in the order of the enumeration.
const std::array<Rejection, kRejectionCount>& AllRejections();

// "wrong_source_port"
absl::string_view RejectionName(Rejection rejection);
// What is wrong with the address, for a message: "is this device's own".
absl::string_view AddressProblem(Rejection rejection);

}  // namespace localstore::resolver
