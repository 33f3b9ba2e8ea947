#include "resolver/net/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace localstore::resolver {
namespace {

constexpr size_t kIpv4Bytes = 4;
constexpr size_t kIpv6Bytes = 16;
constexpr size_t kV4MappedPrefixBytes = 12;

int BitsOf(IpFamily family) { return family == IpFamily::kIpv4 ? 32 : 128; }

bool ValidLength(const IpPrefix& prefix) {
  return prefix.length >= 0 && prefix.length <= BitsOf(prefix.address.family());
}

bool SameLeadingBits(absl::Span<const uint8_t> a, absl::Span<const uint8_t> b,
                     int bits) {
  const size_t whole = static_cast<size_t>(bits) / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  const int rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

uint32_t ToHostOrder(const IpAddress& address) {
  return ntohl(address.ToIn4().s_addr);
}

}  // namespace

IpAddress::IpAddress(const in_addr& address) : family_(IpFamily::kIpv4) {
  std::memcpy(bytes_.data(), &address, kIpv4Bytes);
}

IpAddress::IpAddress(const in6_addr& address) : family_(IpFamily::kIpv6) {
  std::memcpy(bytes_.data(), &address, kIpv6Bytes);
}

absl::optional<IpAddress> IpAddress::FromBytes(
    absl::Span<const uint8_t> bytes) {
  if (bytes.size() != kIpv4Bytes && bytes.size() != kIpv6Bytes) {
    return absl::nullopt;
  }
  IpAddress address;
  address.family_ =
      bytes.size() == kIpv4Bytes ? IpFamily::kIpv4 : IpFamily::kIpv6;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

absl::optional<IpAddress> IpAddress::Parse(absl::string_view text) {
  // inet_pton takes a C string: without this, "10.1.0.5\0x" would pass.
  if (text.find('\0') != absl::string_view::npos) return absl::nullopt;
  const std::string terminated(text);
  in_addr v4;
  if (inet_pton(AF_INET, terminated.c_str(), &v4) == 1) return IpAddress(v4);
  in6_addr v6;
  if (inet_pton(AF_INET6, terminated.c_str(), &v6) == 1) return IpAddress(v6);
  return absl::nullopt;
}

absl::Span<const uint8_t> IpAddress::bytes() const {
  return absl::MakeConstSpan(
      bytes_.data(), family_ == IpFamily::kIpv4 ? kIpv4Bytes : kIpv6Bytes);
}

in_addr IpAddress::ToIn4() const {
  in_addr address;
  std::memcpy(&address, bytes_.data(), kIpv4Bytes);
  return address;
}

in6_addr IpAddress::ToIn6() const {
  in6_addr address;
  std::memcpy(&address, bytes_.data(), kIpv6Bytes);
  return address;
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(family_ == IpFamily::kIpv4 ? AF_INET : AF_INET6, bytes_.data(),
            text, sizeof(text));
  return text;
}

bool IpAddress::IsUnspecified() const { return bytes_ == decltype(bytes_){}; }

bool IpAddress::IsLoopback() const {
  if (family_ == IpFamily::kIpv4) return bytes_[0] == 127;
  if (IsV4Mapped()) return bytes_[kV4MappedPrefixBytes] == 127;
  return bytes_.back() == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1,
                     [](uint8_t byte) { return byte == 0; });
}

bool IpAddress::IsMulticast() const {
  return family_ == IpFamily::kIpv4 ? (bytes_[0] & 0xf0) == 0xe0
                                    : bytes_[0] == 0xff;
}

bool IpAddress::IsBroadcast() const {
  return family_ == IpFamily::kIpv4 && ToIn4().s_addr == INADDR_BROADCAST;
}

bool IpAddress::IsLinkLocal() const {
  return family_ == IpFamily::kIpv4
             ? bytes_[0] == 169 && bytes_[1] == 254
             : bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

bool IpAddress::IsV4Mapped() const {
  if (family_ != IpFamily::kIpv6) return false;
  return std::all_of(bytes_.begin(), bytes_.begin() + 10,
                     [](uint8_t byte) { return byte == 0; }) &&
         bytes_[10] == 0xff && bytes_[11] == 0xff;
}

bool IpPrefix::Contains(const IpAddress& other) const {
  return address.family() == other.family() && ValidLength(*this) &&
         SameLeadingBits(address.bytes(), other.bytes(), length);
}

bool IpPrefix::IsNetworkOrBroadcast(const IpAddress& other) const {
  if (other.family() != IpFamily::kIpv4 || length > 30 || !Contains(other)) {
    return false;
  }
  const uint32_t host_bits = UINT32_MAX >> length;
  const uint32_t host = ToHostOrder(other) & host_bits;
  return host == 0 || host == host_bits;
}

std::string IpPrefix::ToString() const {
  return absl::StrCat(address.ToString(), "/", length);
}

}  // namespace localstore::resolver
