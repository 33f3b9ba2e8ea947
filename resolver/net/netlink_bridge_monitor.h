// The bridges of this device, as the kernel tells by rtnetlink.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "resolver/net/bridge_monitor.h"
#include "resolver/net/bridge_table.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/netlink_socket.h"

namespace localstore::resolver {

struct NetlinkBridgeMonitorOptions {
  std::vector<std::string> patterns;  // as for SetPatterns
  // What the kernel keeps for us while we are busy; beyond it, it drops and
  // everything is read anew.
  int receive_buffer_bytes = 1 << 20;
};

// Needs no privilege. Follows the network namespace of the loop's thread. A
// burst of changes is told of once, milliseconds after it began.
class NetlinkBridgeMonitor final : public BridgeMonitor {
 public:
  // On the loop's thread. Returns with bridges() complete. `loop` must outlive
  // the monitor. INTERNAL when the kernel gives no netlink socket or does not
  // answer.
  static absl::StatusOr<std::unique_ptr<NetlinkBridgeMonitor>> Create(
      EventLoop* loop, const NetlinkBridgeMonitorOptions& options);

  ~NetlinkBridgeMonitor() override;

  const std::vector<Bridge>& bridges() const override { return bridges_; }
  void SetPatterns(std::vector<std::string> patterns) override;
  void SetListener(std::function<void()> changed) override;

 private:
  NetlinkBridgeMonitor(EventLoop* loop, NetlinkSocket notifications,
                       std::vector<std::string> patterns);

  void OnNotification();
  void PublishAfter(absl::Duration delay);
  void Publish();

  absl::Status TakeSnapshot();
  void DiscardNotifications();

  EventLoop* const loop_;
  NetlinkSocket notifications_;
  std::vector<std::string> patterns_;
  std::function<void()> changed_;

  BridgeTable table_;
  std::vector<Bridge> bridges_;
  bool snapshot_needed_ = false;
  EventLoop::TimerId publish_timer_ = 0;
};

}  // namespace localstore::resolver
