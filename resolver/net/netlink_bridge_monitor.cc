#include "resolver/net/netlink_bridge_monitor.h"

#include <linux/rtnetlink.h>

#include <cerrno>
#include <utility>

#include "resolver/net/system_error.h"

namespace localstore::resolver {
namespace {

constexpr uint32_t kGroups =
    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
constexpr int kDumpBufferBytes = 1 << 18;

// Long enough for what a tool does in one go (create, address, set up), short
// beside everything that waits for a bridge.
constexpr absl::Duration kBurst = absl::Milliseconds(5);
constexpr absl::Duration kSnapshotRetry = absl::Milliseconds(50);

constexpr int kMaxDatagramsPerTurn = 64;
constexpr int kMaxDiscarded = 1 << 14;
constexpr int kMaxSnapshotAttempts = 5;

// Reads the answer to one dump request. The kernel writes its first part while
// it takes the request and each further one while it gives the one before, so
// there is no waiting.
absl::Status ReadDump(NetlinkSocket& socket, uint32_t sequence,
                      BridgeTable& table, bool& interrupted) {
  while (true) {
    const auto received = socket.Receive();
    if (!received.ok()) return received.status();
    if (received->outcome == NetlinkSocket::Outcome::kNothing) {
      return SystemError("the kernel stopped listing bridges (netlink dump)",
                         ENODATA);
    }
    if (received->outcome == NetlinkSocket::Outcome::kLost) {
      interrupted = true;
      continue;
    }
    const RtnetlinkBatch batch = ReadRtnetlink(received->bytes, sequence);
    for (const RtnetlinkChange& change : batch.changes) table.Apply(change);
    interrupted = interrupted || batch.interrupted;
    if (batch.error != 0) {
      return SystemError("the kernel did not list bridges (netlink dump)",
                         batch.error);
    }
    if (batch.done) return absl::OkStatus();
  }
}

// On a socket of its own, so that a dump that failed halfway leaves nothing.
absl::Status DumpAll(BridgeTable& table, bool& interrupted) {
  constexpr uint32_t kLinks = 1;
  constexpr uint32_t kAddresses = 2;
  auto socket = NetlinkSocket::Open(0, kDumpBufferBytes);
  if (!socket.ok()) return socket.status();
  absl::Status status = socket->Send(DumpLinksRequest(kLinks));
  if (status.ok()) status = ReadDump(*socket, kLinks, table, interrupted);
  if (status.ok()) status = socket->Send(DumpAddressesRequest(kAddresses));
  if (status.ok()) status = ReadDump(*socket, kAddresses, table, interrupted);
  return status;
}

}  // namespace

absl::StatusOr<std::unique_ptr<NetlinkBridgeMonitor>>
NetlinkBridgeMonitor::Create(EventLoop* loop,
                             const NetlinkBridgeMonitorOptions& options) {
  // Listening first: what changes between the two is then heard of.
  auto notifications =
      NetlinkSocket::Open(kGroups, options.receive_buffer_bytes);
  if (!notifications.ok()) return notifications.status();
  std::unique_ptr<NetlinkBridgeMonitor> monitor(new NetlinkBridgeMonitor(
      loop, *std::move(notifications), options.patterns));
  if (absl::Status status = monitor->TakeSnapshot(); !status.ok()) {
    return status;
  }
  monitor->bridges_ = monitor->table_.Bridges(monitor->patterns_);
  if (absl::Status status =
          loop->AddFd(monitor->notifications_.fd(),
                      [raw = monitor.get()] { raw->OnNotification(); });
      !status.ok()) {
    return status;
  }
  return monitor;
}

NetlinkBridgeMonitor::NetlinkBridgeMonitor(EventLoop* loop,
                                           NetlinkSocket notifications,
                                           std::vector<std::string> patterns)
    : loop_(loop),
      notifications_(std::move(notifications)),
      patterns_(std::move(patterns)) {}

NetlinkBridgeMonitor::~NetlinkBridgeMonitor() {
  loop_->CancelTimer(publish_timer_);
  loop_->RemoveFd(notifications_.fd());
}

void NetlinkBridgeMonitor::SetPatterns(std::vector<std::string> patterns) {
  patterns_ = std::move(patterns);
  PublishAfter(absl::ZeroDuration());
}

void NetlinkBridgeMonitor::SetListener(std::function<void()> changed) {
  changed_ = std::move(changed);
}

void NetlinkBridgeMonitor::OnNotification() {
  for (int i = 0; i < kMaxDatagramsPerTurn; ++i) {
    const auto received = notifications_.Receive();
    if (!received.ok() || received->outcome == NetlinkSocket::Outcome::kLost) {
      snapshot_needed_ = true;
      break;
    }
    if (received->outcome == NetlinkSocket::Outcome::kNothing) break;
    const RtnetlinkBatch batch = ReadRtnetlink(received->bytes, absl::nullopt);
    for (const RtnetlinkChange& change : batch.changes) table_.Apply(change);
  }
  PublishAfter(kBurst);
}

void NetlinkBridgeMonitor::PublishAfter(absl::Duration delay) {
  if (publish_timer_ != 0) return;
  publish_timer_ = loop_->RunAfter(delay, [this] { Publish(); });
}

void NetlinkBridgeMonitor::Publish() {
  publish_timer_ = 0;
  if (snapshot_needed_ && !TakeSnapshot().ok()) PublishAfter(kSnapshotRetry);
  std::vector<Bridge> bridges = table_.Bridges(patterns_);
  if (bridges == bridges_) return;
  bridges_ = std::move(bridges);
  // It may replace itself.
  if (const std::function<void()> changed = changed_) changed();
}

// A snapshot during which something changed is taken again; when that does not
// end, the notifications still lead to the right state.
absl::Status NetlinkBridgeMonitor::TakeSnapshot() {
  for (int attempt = 1;; ++attempt) {
    DiscardNotifications();
    BridgeTable table;
    bool interrupted = false;
    absl::Status status = DumpAll(table, interrupted);
    if (!status.ok()) return status;
    const bool changed = interrupted || notifications_.HasMore();
    if (changed && attempt < kMaxSnapshotAttempts) continue;
    table_ = std::move(table);
    snapshot_needed_ = interrupted;
    if (interrupted) PublishAfter(kSnapshotRetry);
    return absl::OkStatus();
  }
}

void NetlinkBridgeMonitor::DiscardNotifications() {
  for (int i = 0; i < kMaxDiscarded; ++i) {
    const auto received = notifications_.Receive();
    if (!received.ok() ||
        received->outcome == NetlinkSocket::Outcome::kNothing) {
      return;
    }
  }
}

}  // namespace localstore::resolver
