#include "resolver/rejection.h"

namespace localstore::resolver {

const std::array<Rejection, kRejectionCount>& AllRejections() {
  static const auto all = [] {
    std::array<Rejection, kRejectionCount> values{};
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<Rejection>(i);
    }
    return values;
  }();
  return all;
}

absl::string_view RejectionName(Rejection rejection) {
  switch (rejection) {
    case Rejection::kWrongInterface:
      return "wrong_interface";
    case Rejection::kTooLarge:
      return "too_large";
    case Rejection::kThisDevice:
      return "this_device";
    case Rejection::kWrongSourcePort:
      return "wrong_source_port";
    case Rejection::kOffLinkSource:
      return "off_link_source";
    case Rejection::kMalformed:
      return "malformed";
    case Rejection::kWrongOpcode:
      return "wrong_opcode";
    case Rejection::kErrorCode:
      return "error_code";
    case Rejection::kUnsolicitedUnicast:
      return "unsolicited_unicast";
    case Rejection::kMismatchedQuestion:
      return "mismatched_question";
    case Rejection::kRateLimited:
      return "rate_limited";
    case Rejection::kAddressOffLink:
      return "address_off_link";
    case Rejection::kAddressOfThisDevice:
      return "address_of_this_device";
    case Rejection::kAddressLoopback:
      return "address_loopback";
    case Rejection::kAddressMulticast:
      return "address_multicast";
    case Rejection::kAddressBroadcast:
      return "address_broadcast";
    case Rejection::kAddressUnspecified:
      return "address_unspecified";
    case Rejection::kAddressOfNetwork:
      return "address_of_network";
    case Rejection::kAddressV4Mapped:
      return "address_v4_mapped";
  }
  return "unknown";  // a value that is none
}

absl::string_view AddressProblem(Rejection rejection) {
  switch (rejection) {
    case Rejection::kAddressOffLink:
      return "is outside of the bridge's networks";
    case Rejection::kAddressOfThisDevice:
      return "is this device's own";
    case Rejection::kAddressLoopback:
      return "is a loopback address";
    case Rejection::kAddressMulticast:
      return "is a multicast address";
    case Rejection::kAddressBroadcast:
      return "is a broadcast address";
    case Rejection::kAddressUnspecified:
      return "is the unspecified address";
    case Rejection::kAddressOfNetwork:
      return "is the address of the network itself";
    case Rejection::kAddressV4Mapped:
      return "is an IPv4 address in IPv6 form";
    default:
      return "cannot be used";
  }
}

}  // namespace localstore::resolver
