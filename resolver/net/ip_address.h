// IPv4 and IPv6 addresses and prefixes, as values.
#pragma once

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"

namespace localstore::resolver {

enum class IpFamily { kIpv4, kIpv6 };

class IpAddress {
 public:
  IpAddress() = default;  // 0.0.0.0
  explicit IpAddress(const in_addr& address);
  explicit IpAddress(const in6_addr& address);

  // `bytes` in network order: 4 for IPv4, 16 for IPv6, else nullopt.
  static absl::optional<IpAddress> FromBytes(absl::Span<const uint8_t> bytes);
  // "10.1.0.5", "fe80::5"; no scope, no brackets, no port.
  static absl::optional<IpAddress> Parse(absl::string_view text);

  IpFamily family() const { return family_; }
  absl::Span<const uint8_t> bytes() const;
  in_addr ToIn4() const;   // requires IPv4
  in6_addr ToIn6() const;  // requires IPv6
  std::string ToString() const;

  bool IsUnspecified() const;
  bool IsLoopback() const;   // 127/8, ::1, and IPv4-mapped of it
  bool IsMulticast() const;  // 224/4, ff00::/8
  bool IsBroadcast() const;  // 255.255.255.255
  bool IsLinkLocal() const;  // 169.254/16, fe80::/10
  bool IsV4Mapped() const;   // ::ffff:0:0/96

  friend bool operator==(const IpAddress& a, const IpAddress& b) {
    return a.family_ == b.family_ && a.bytes_ == b.bytes_;
  }
  friend bool operator!=(const IpAddress& a, const IpAddress& b) {
    return !(a == b);
  }
  // IPv4 before IPv6, then by value.
  friend bool operator<(const IpAddress& a, const IpAddress& b) {
    return a.family_ != b.family_ ? a.family_ < b.family_ : a.bytes_ < b.bytes_;
  }
  template <typename H>
  friend H AbslHashValue(H h, const IpAddress& a) {
    return H::combine(std::move(h), a.family_, a.bytes_);
  }

 private:
  IpFamily family_ = IpFamily::kIpv4;
  std::array<uint8_t, 16> bytes_{};
};

// An address together with the length of its network's prefix.
struct IpPrefix {
  IpAddress address;
  int length = 0;  // 0..32 or 0..128

  bool Contains(const IpAddress& other) const;  // same family and same network
  // The network's own address or its broadcast address: IPv4 with length <= 30.
  bool IsNetworkOrBroadcast(const IpAddress& other) const;
  std::string ToString() const;  // "10.1.0.1/24"

  friend bool operator==(const IpPrefix& a, const IpPrefix& b) {
    return a.address == b.address && a.length == b.length;
  }
};

}  // namespace localstore::resolver
