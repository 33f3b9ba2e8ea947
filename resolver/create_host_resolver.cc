#include "resolver/create_host_resolver.h"

#include <utility>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "resolver/mdns_host_resolver.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/loadavg_processors.h"
#include "resolver/net/netlink_bridge_monitor.h"
#include "resolver/net/socket_mdns_transport.h"

namespace localstore::resolver {
namespace {

// What the resolver stands on.
struct Device {
  explicit Device(std::unique_ptr<EventLoop> started)
      : loop(std::move(started)), transport(loop.get()) {}
  // Once their thread has ended, its parts may be taken down on any other.
  ~Device() { loop->Stop(); }

  const std::unique_ptr<EventLoop> loop;
  absl::BitGen random;  // of the loop's thread, like all that follows
  std::unique_ptr<NetlinkBridgeMonitor> monitor;
  SocketMdnsTransport transport;
  LoadavgProcessors processors;
};

struct DeviceOwner {
  std::unique_ptr<Device> device;
};

// The first base is made before the second and outlives it.
class DeviceHostResolver final : private DeviceOwner, public MdnsHostResolver {
 public:
  explicit DeviceHostResolver(std::unique_ptr<Device> owned)
      : DeviceOwner{std::move(owned)},
        MdnsHostResolver(device->loop.get(), device->loop.get(),
                         device->monitor.get(), &device->transport,
                         &device->processors, device->random) {}
};

}  // namespace

absl::StatusOr<std::unique_ptr<HostResolver>> CreateHostResolver(
    const HostResolverConfig& config) {
  absl::StatusOr<std::unique_ptr<EventLoop>> loop =
      EventLoop::Start("resolver");
  if (!loop.ok()) return loop.status();
  auto device = std::make_unique<Device>(*std::move(loop));
  EventLoop& thread = *device->loop;

  absl::Status status;
  thread.RunAndWait([&] {
    NetlinkBridgeMonitorOptions options;
    options.patterns = config.bridge_patterns;
    auto monitor = NetlinkBridgeMonitor::Create(&thread, options);
    status = monitor.status();
    if (status.ok()) device->monitor = *std::move(monitor);
  });
  if (!status.ok()) return status;

  auto resolver = std::make_unique<DeviceHostResolver>(std::move(device));
  // It begins to listen by a task of its own; this one comes after it.
  thread.RunAndWait([] {});
  return resolver;
}

}  // namespace localstore::resolver
