#include "resolver/net/socket_mdns_transport.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "protos/errors/error.h"

namespace localstore::resolver {
namespace {

constexpr IpFamily kFamilies[] = {IpFamily::kIpv4, IpFamily::kIpv6};
constexpr Channel kChannels[] = {Channel::kMulticast, Channel::kUnicast};

template <typename Enum>
size_t At(Enum value) {
  return static_cast<size_t>(value);
}

const char* FamilyName(IpFamily family) {
  return family == IpFamily::kIpv4 ? "IPv4" : "IPv6";
}

// The first of the family; with IPv6 the link-local one if there is one, which
// is what the kernel takes for a link-local group (RFC 6724 section 5, rule 2).
absl::optional<IpAddress> SourceOn(const Bridge& bridge, IpFamily family) {
  absl::optional<IpAddress> source;
  for (const IpPrefix& prefix : bridge.addresses) {
    const IpAddress& address = prefix.address;
    if (address.family() != family) continue;
    if (family == IpFamily::kIpv6 && address.IsLinkLocal()) return address;
    if (!source) source = address;
  }
  return source;
}

absl::Status Joined(const std::vector<absl::Status>& problems) {
  if (problems.empty()) return absl::OkStatus();
  if (problems.size() == 1) return problems.front();
  const std::string message = absl::StrJoin(
      problems, "; and ", [](std::string* out, const absl::Status& problem) {
        absl::StrAppend(out, std::string(problem.message()));
      });
  return MakeError(ReasonOf(problems.front()), message,
                   {{"bridge", MetadataOf(problems.front(), "bridge")}});
}

absl::Status SendError(const MdnsSocketPlace& place, int error_number) {
  return MakeError(
      v1::ERROR_REASON_NO_BRIDGE,
      absl::StrCat("bridge ", place.bridge, ": cannot send mDNS over ",
                   FamilyName(place.family()), ": ",
                   std::generic_category().message(error_number),
                   error_number == EPERM
                       ? "; a firewall rule for UDP port 5353 forbids it"
                       : ""),
      {{"bridge", place.bridge}, {"errno", std::to_string(error_number)}});
}

}  // namespace

SocketMdnsTransport::~SocketMdnsTransport() {
  while (!bridges_.empty()) Close(bridges_.begin()->first);
}

absl::Status SocketMdnsTransport::Open(const Bridge& bridge) {
  BridgeSockets& sockets = bridges_[bridge.index];
  sockets.own_addresses = bridge.addresses;
  std::vector<absl::Status> problems;
  for (const IpFamily family : kFamilies) {
    std::shared_ptr<FamilySockets>& current = sockets.families[At(family)];
    const absl::optional<IpAddress> source = SourceOn(bridge, family);
    if (!source) {
      CloseFamily(current);
      continue;
    }
    absl::Status status = OpenFamily(bridge, *source, current);
    if (!status.ok()) problems.push_back(std::move(status));
  }
  return Joined(problems);
}

void SocketMdnsTransport::Close(int bridge_index) {
  const auto found = bridges_.find(bridge_index);
  if (found == bridges_.end()) return;
  for (std::shared_ptr<FamilySockets>& family : found->second.families) {
    CloseFamily(family);
  }
  bridges_.erase(found);
}

absl::Status SocketMdnsTransport::Send(int bridge_index, IpFamily family,
                                       Channel channel,
                                       absl::Span<const uint8_t> payload) {
  const auto found = bridges_.find(bridge_index);
  FamilySockets* const sockets = found == bridges_.end()
                                     ? nullptr
                                     : found->second.families[At(family)].get();
  if (sockets == nullptr || !sockets->channels[At(channel)].valid()) {
    return MakeErrorWithCode(
        absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_NO_BRIDGE,
        absl::StrCat("no socket is open for mDNS over ", FamilyName(family),
                     " on interface ", bridge_index));
  }
  const SocketAddress group = MdnsGroup(sockets->place);
  // Before it is sent, since it is back before sendto returns.
  sockets->echoes.Sent(payload);
  if (sendto(sockets->channels[At(channel)].get(), payload.data(),
             payload.size(), MSG_NOSIGNAL, group.get(), group.size) < 0) {
    const int error_number = errno;
    sockets->echoes.TakeEcho(payload);
    return SendError(sockets->place, error_number);
  }
  return absl::OkStatus();
}

bool SocketMdnsTransport::IsOpen(int bridge_index, IpFamily family) const {
  const auto found = bridges_.find(bridge_index);
  if (found == bridges_.end()) return false;
  const auto& sockets = found->second.families[At(family)];
  return sockets != nullptr &&
         std::any_of(sockets->channels.begin(), sockets->channels.end(),
                     [](const UniqueFd& fd) { return fd.valid(); });
}

void SocketMdnsTransport::SetReceiver(
    std::function<void(const Datagram&)> receiver) {
  receiver_ = std::move(receiver);
}

absl::Status SocketMdnsTransport::OpenFamily(
    const Bridge& bridge, const IpAddress& source,
    std::shared_ptr<FamilySockets>& current) {
  if (current != nullptr && current->place.bridge == bridge.name &&
      current->place.source == source && current->up == bridge.up) {
    return OpenMissing(current);
  }
  // The new ones first: there is then no moment outside the group.
  auto opened = std::make_shared<FamilySockets>();
  opened->place = {bridge.name, bridge.index, source};
  opened->up = bridge.up;
  absl::Status status = OpenMissing(opened);
  CloseFamily(current);
  current = std::move(opened);
  return status;
}

absl::Status SocketMdnsTransport::OpenMissing(
    const std::shared_ptr<FamilySockets>& sockets) {
  std::vector<absl::Status> problems;
  for (const Channel channel : kChannels) {
    UniqueFd& fd = sockets->channels[At(channel)];
    if (fd.valid()) continue;
    absl::StatusOr<UniqueFd> opened = OpenMdnsSocket(sockets->place, channel);
    absl::Status status = opened.status();
    if (status.ok()) {
      status = loop_->AddFd(opened->get(), [this, sockets, channel] {
        OnReadable(sockets, channel);
      });
    }
    if (status.ok()) {
      fd = *std::move(opened);
    } else {
      problems.push_back(std::move(status));
    }
  }
  return Joined(problems);
}

void SocketMdnsTransport::CloseFamily(std::shared_ptr<FamilySockets>& sockets) {
  if (sockets == nullptr) return;
  // The loop's callbacks hold it as well.
  const std::shared_ptr<FamilySockets> closing = std::move(sockets);
  sockets = nullptr;
  for (UniqueFd& fd : closing->channels) {
    loop_->RemoveFd(fd.get());
    fd.Reset();
  }
}

void SocketMdnsTransport::OnReadable(
    const std::shared_ptr<FamilySockets>& sockets, Channel channel) {
  const UniqueFd& fd = sockets->channels[At(channel)];
  reader_.Read(fd.get(), [&](Datagram& datagram) {
    datagram.bridge_index = sockets->place.bridge_index;
    datagram.channel = channel;
    datagram.family = sockets->place.family();
    if (receiver_ && !IsOwnEcho(*sockets, datagram)) receiver_(datagram);
    return fd.valid();
  });
}

bool SocketMdnsTransport::IsOwnEcho(FamilySockets& sockets,
                                    const Datagram& datagram) const {
  const auto found = bridges_.find(sockets.place.bridge_index);
  if (found == bridges_.end()) return false;
  const std::vector<IpPrefix>& own = found->second.own_addresses;
  return std::any_of(own.begin(), own.end(),
                     [&](const IpPrefix& prefix) {
                       return prefix.address == datagram.source;
                     }) &&
         sockets.echoes.TakeEcho(datagram.payload);
}

}  // namespace localstore::resolver
