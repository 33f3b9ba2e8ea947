#include "resolver/net/rtnetlink.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace localstore::resolver {
namespace {

using Bytes = absl::Span<const uint8_t>;

constexpr int32_t kMaxErrno = 4095;

// The structures may lie at any address within the buffer.
template <typename T>
absl::optional<T> ReadAs(Bytes bytes) {
  if (bytes.size() < sizeof(T)) return absl::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

Bytes After(Bytes bytes, size_t size) {
  bytes.remove_prefix(std::min(bytes.size(), size));
  return bytes;
}

// Calls `use(type, payload)` for each attribute up to the first bad one.
template <typename Use>
void ForEachAttribute(Bytes bytes, Use use) {
  while (const auto header = ReadAs<rtattr>(bytes)) {
    if (header->rta_len < sizeof(rtattr) || header->rta_len > bytes.size()) {
      return;
    }
    use(header->rta_type & NLA_TYPE_MASK,
        bytes.subspan(RTA_LENGTH(0), header->rta_len - RTA_LENGTH(0)));
    bytes = After(bytes, RTA_ALIGN(header->rta_len));
  }
}

std::string ToText(Bytes bytes) {
  return std::string(bytes.begin(), std::find(bytes.begin(), bytes.end(), 0));
}

absl::optional<LinkChange> ReadLink(Bytes payload, bool removed) {
  const auto header = ReadAs<ifinfomsg>(payload);
  // The bridge's own messages about its ports (AF_BRIDGE) have the same types:
  // a port that leaves the bridge is no link that is removed.
  if (!header || header->ifi_family != AF_UNSPEC || header->ifi_index <= 0) {
    return absl::nullopt;
  }
  LinkChange link;
  link.removed = removed;
  link.index = header->ifi_index;
  link.up = (header->ifi_flags & IFF_UP) != 0;
  link.loopback = (header->ifi_flags & IFF_LOOPBACK) != 0;
  ForEachAttribute(After(payload, NLMSG_ALIGN(sizeof(ifinfomsg))),
                   [&](int type, Bytes value) {
                     if (type == IFLA_IFNAME) link.name = ToText(value);
                     if (type != IFLA_LINKINFO) return;
                     ForEachAttribute(value, [&](int info_type, Bytes info) {
                       if (info_type == IFLA_INFO_KIND)
                         link.kind = ToText(info);
                     });
                   });
  return link;
}

absl::optional<AddressChange> ReadAddress(Bytes payload, bool removed) {
  const auto header = ReadAs<ifaddrmsg>(payload);
  if (!header || header->ifa_index == 0 || header->ifa_index > INT32_MAX ||
      (header->ifa_family != AF_INET && header->ifa_family != AF_INET6)) {
    return absl::nullopt;
  }
  AddressChange change;
  change.removed = removed;
  change.index = static_cast<int>(header->ifa_index);
  change.scope = header->ifa_scope;
  change.flags = header->ifa_flags;
  absl::optional<IpAddress> address;
  absl::optional<IpAddress> local;
  ForEachAttribute(After(payload, NLMSG_ALIGN(sizeof(ifaddrmsg))),
                   [&](int type, Bytes value) {
                     if (type == IFA_ADDRESS)
                       address = IpAddress::FromBytes(value);
                     if (type == IFA_LOCAL) local = IpAddress::FromBytes(value);
                     if (type != IFA_FLAGS) return;
                     if (const auto flags = ReadAs<uint32_t>(value))
                       change.flags = *flags;
                   });
  // IFA_ADDRESS is the peer's where IFA_LOCAL says which one is ours.
  if (!local) local = address;
  if (!local) return absl::nullopt;
  change.peer = address.value_or(*local);
  change.prefix = {*local, header->ifa_prefixlen};
  const bool ipv4 = header->ifa_family == AF_INET;
  const IpFamily family = ipv4 ? IpFamily::kIpv4 : IpFamily::kIpv6;
  if (local->family() != family || change.peer.family() != family ||
      change.prefix.length > (ipv4 ? 32 : 128)) {
    return absl::nullopt;
  }
  return change;
}

template <typename Change>
void AddIfRead(absl::optional<Change> change, RtnetlinkBatch& batch) {
  if (change) batch.changes.emplace_back(*std::move(change));
}

// Both begin with a negative errno, or 0 for success.
void ReadEnd(Bytes payload, bool error_expected, RtnetlinkBatch& batch) {
  const auto error = ReadAs<int32_t>(payload);
  batch.done = true;
  if (error && *error < 0 && *error >= -kMaxErrno) batch.error = -*error;
  if (error_expected && batch.error == 0) batch.error = EBADMSG;
}

void ReadOne(uint16_t type, Bytes payload, RtnetlinkBatch& batch) {
  switch (type) {
    case NLMSG_DONE:
      ReadEnd(payload, false, batch);
      break;
    case NLMSG_ERROR:
      ReadEnd(payload, true, batch);
      break;
    case RTM_NEWLINK:
    case RTM_DELLINK:
      AddIfRead(ReadLink(payload, type == RTM_DELLINK), batch);
      break;
    case RTM_NEWADDR:
    case RTM_DELADDR:
      AddIfRead(ReadAddress(payload, type == RTM_DELADDR), batch);
      break;
    default:
      break;
  }
}

nlmsghdr DumpHeader(uint16_t type, size_t size, uint32_t sequence) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<uint32_t>(size);
  header.nlmsg_type = type;
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  header.nlmsg_seq = sequence;
  return header;
}

template <typename T>
std::vector<uint8_t> ToBytes(const T& request) {
  std::vector<uint8_t> bytes(sizeof request);
  std::memcpy(bytes.data(), &request, sizeof request);
  return bytes;
}

}  // namespace

RtnetlinkBatch ReadRtnetlink(Bytes datagram,
                             absl::optional<uint32_t> sequence) {
  RtnetlinkBatch batch;
  while (const auto header = ReadAs<nlmsghdr>(datagram)) {
    if (header->nlmsg_len < NLMSG_HDRLEN ||
        header->nlmsg_len > datagram.size()) {
      break;
    }
    if (!sequence || header->nlmsg_seq == *sequence) {
      if ((header->nlmsg_flags & NLM_F_DUMP_INTR) != 0) {
        batch.interrupted = true;
      }
      ReadOne(header->nlmsg_type,
              datagram.subspan(NLMSG_HDRLEN, header->nlmsg_len - NLMSG_HDRLEN),
              batch);
    }
    datagram = After(datagram, NLMSG_ALIGN(header->nlmsg_len));
  }
  return batch;
}

std::vector<uint8_t> DumpLinksRequest(uint32_t sequence) {
  struct {
    nlmsghdr header;
    ifinfomsg link;
    rtattr filter_header;
    uint32_t filter;
  } request{};
  request.header = DumpHeader(RTM_GETLINK, sizeof request, sequence);
  request.link.ifi_family = AF_UNSPEC;
  // Counters are most of a link's bytes, and nobody here reads them.
  request.filter_header.rta_type = IFLA_EXT_MASK;
  request.filter_header.rta_len = RTA_LENGTH(sizeof request.filter);
  request.filter = RTEXT_FILTER_SKIP_STATS;
  return ToBytes(request);
}

std::vector<uint8_t> DumpAddressesRequest(uint32_t sequence) {
  struct {
    nlmsghdr header;
    ifaddrmsg address;
  } request{};
  request.header = DumpHeader(RTM_GETADDR, sizeof request, sequence);
  request.address.ifa_family = AF_UNSPEC;
  return ToBytes(request);
}

}  // namespace localstore::resolver
