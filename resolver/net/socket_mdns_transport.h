// mDNS over UDP sockets, two for each bridge and family.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "resolver/net/datagram_reader.h"
#include "resolver/net/echo_filter.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/mdns_socket.h"
#include "resolver/net/mdns_transport.h"
#include "resolver/net/unique_fd.h"

namespace localstore::resolver {

// Lives beside avahi-daemon and systemd-resolved: it never takes unicast that
// is meant for port 5353, and what it sends is heard by responders of this
// device, too, but not received by itself. A bridge that is changed gets new
// sockets when its name, its first address of the family, or whether it is up
// has changed. The receiver may call any member.
class SocketMdnsTransport final : public MdnsTransport {
 public:
  // `loop` must outlive it.
  explicit SocketMdnsTransport(EventLoop* loop) : loop_(loop) {}
  ~SocketMdnsTransport() override;

  absl::Status Open(const Bridge& bridge) override;
  void Close(int bridge_index) override;
  absl::Status Send(int bridge_index, IpFamily family, Channel channel,
                    absl::Span<const uint8_t> payload) override;
  bool IsOpen(int bridge_index, IpFamily family) const override;
  void SetReceiver(std::function<void(const Datagram&)> receiver) override;

 private:
  // The sockets of a bridge for one family, by Channel. Those who read keep it
  // alive; a closed one delivers nothing more.
  struct FamilySockets {
    MdnsSocketPlace place;
    bool up = false;
    std::array<UniqueFd, 2> channels;
    EchoFilter echoes;
  };
  struct BridgeSockets {
    std::vector<IpPrefix> own_addresses;
    std::array<std::shared_ptr<FamilySockets>, 2> families;  // by IpFamily
  };

  absl::Status OpenFamily(const Bridge& bridge, const IpAddress& source,
                          std::shared_ptr<FamilySockets>& current);
  absl::Status OpenMissing(const std::shared_ptr<FamilySockets>& sockets);
  void CloseFamily(std::shared_ptr<FamilySockets>& sockets);
  void OnReadable(const std::shared_ptr<FamilySockets>& sockets,
                  Channel channel);
  bool IsOwnEcho(FamilySockets& sockets, const Datagram& datagram) const;

  EventLoop* const loop_;
  std::function<void(const Datagram&)> receiver_;
  DatagramReader reader_;
  absl::flat_hash_map<int, BridgeSockets> bridges_;  // by index
};

}  // namespace localstore::resolver
