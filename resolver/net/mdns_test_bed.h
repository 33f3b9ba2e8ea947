// Bridges with Apps behind them, within a test's own namespace, and sockets of
// the Apps' and of other programs on the device.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "resolver/net/bridge_monitor.h"
#include "resolver/net/unique_fd.h"

namespace localstore::resolver {

// Makes the bridge bn<N> with 10.<N>.0.1/24, fd00:<N>::1/64 and fe80::<N>:1/64
// in this namespace and, in a namespace app<N>, an eth0 on it with 10.<N>.0.5,
// fd00:<N>::5 and fe80::<N>:5. Ready to carry traffic when it returns.
void MakeBridgeWithApp(int number);
void RemoveBridgeWithApp(int number);
// After its links were set up again.
void WaitUntilForwarding(int number);

// As a monitor would tell of an interface now; index 0 when there is none.
Bridge DescribeBridge(const std::string& name,
                      const std::vector<std::string>& prefixes);
// With all the addresses of MakeBridgeWithApp.
Bridge BridgeWithApp(int number);

struct Heard {
  std::string payload;
  std::string source;
  uint16_t port = 0;
  int ttl = 0;  // hop limit with IPv6
};

// A UDP socket that speaks mDNS, not of the code under test.
class Peer {
 public:
  struct Options {
    std::string netns;      // "": this one
    std::string interface;  // joins the group there
    int family = 0;         // AF_INET or AF_INET6
    uint16_t port = 5353;   // 0: any
    bool share_port = true;
  };
  explicit Peer(const Options& options);

  void SendToGroup(const std::string& payload);
  void SendTo(const std::string& payload, const std::string& address,
              uint16_t port);
  // The next that it hears; nullopt after the wait.
  absl::optional<Heard> Receive(absl::Duration wait = absl::Seconds(10));

 private:
  Options options_;
  UniqueFd fd_;
  int interface_index_ = 0;
};

}  // namespace localstore::resolver
