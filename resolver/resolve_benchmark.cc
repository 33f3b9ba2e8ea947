// What resolving costs, through the public face and without a network.
#include <random>
#include <string>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "benchmark/benchmark.h"
#include "resolver/mdns_host_resolver.h"
#include "resolver/net/event_loop.h"
#include "resolver/testing/fake_bridge_monitor.h"
#include "resolver/testing/fake_mdns_transport.h"
#include "resolver/testing/fake_processors.h"
#include "resolver/testing/records.h"
#include "resolver/testing/resolver_bed.h"

namespace localstore::resolver {
namespace {

std::string HostName(int i) { return "host-" + std::to_string(i) + ".local"; }

std::string HostAddress(int bridge, int i) {
  return "10." + std::to_string(bridge) + ".0." + std::to_string(i + 10);
}

dns::Message Announcement(int bridge, int i) {
  const std::string host = HostName(i);
  const std::string instance = "app " + std::to_string(i) + "._http._tcp.local";
  return Response(
      {PtrRecord("_http._tcp.local", instance)},
      {SrvRecord(instance, host, 8080), TxtRecord(instance, {"a=b"}),
       AddressRecord(host, HostAddress(bridge, i))});
}

// A resolver on a real loop, `bridges` bridges with 50 hosts each.
struct Device {
  explicit Device(int bridges) : loop(*EventLoop::Start("bench")) {
    absl::Notification ready;
    loop->Post([&] {
      for (int b = 1; b <= bridges; ++b) {
        monitor.Set(MakeBridge(b, "bn" + std::to_string(b),
                               {"10." + std::to_string(b) + ".0.1/24"}));
      }
      ready.Notify();
    });
    ready.WaitForNotification();
    resolver = std::make_unique<MdnsHostResolver>(
        loop.get(), loop.get(), &monitor, &transport, &processors, random);
    absl::Notification heard;
    loop->Post([&] {
      for (int b = 1; b <= bridges; ++b) {
        for (int i = 0; i < 50; ++i) {
          transport.Deliver(
              FakeMdnsTransport::MulticastFrom(b, Ip(HostAddress(b, i))),
              Announcement(b, i));
        }
      }
      heard.Notify();
    });
    heard.WaitForNotification();
  }

  std::unique_ptr<EventLoop> loop;
  FakeBridgeMonitor monitor;
  FakeMdnsTransport transport;
  FakeProcessors processors;
  // NOLINTNEXTLINE(cert-msc32-c,cert-msc51-cpp): the same in each run.
  std::mt19937_64 random{1};
  std::unique_ptr<MdnsHostResolver> resolver;
};

// One caller after the other, each on the caller's own thread.
void BM_CachedResolve(benchmark::State& state) {
  Device device(static_cast<int>(state.range(0)));
  int i = 0;
  for ([[maybe_unused]] const auto tick : state) {
    absl::Notification done;
    device.resolver->Resolve(HostName(i++ % 50), {},
                             [&](absl::StatusOr<Resolution> result) {
                               benchmark::DoNotOptimize(result->endpoints);
                               done.Notify();
                             });
    done.WaitForNotification();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_CachedResolve)->Arg(1)->Arg(3)->Arg(64)->UseRealTime();

// Many callers at once.
void BM_CachedResolveConcurrent(benchmark::State& state) {
  Device device(3);
  const int callers = static_cast<int>(state.range(0));
  for ([[maybe_unused]] const auto tick : state) {
    absl::BlockingCounter done(callers);
    for (int i = 0; i < callers; ++i) {
      device.resolver->Resolve(
          HostName(i % 50), {},
          [&](const absl::StatusOr<Resolution>&) { done.DecrementCount(); });
    }
    done.Wait();
  }
  state.SetItemsProcessed(state.iterations() * callers);
}
BENCHMARK(BM_CachedResolveConcurrent)->Arg(64)->UseRealTime();

// What a datagram costs: a well-formed announcement of a new host each time,
// the same one again, or one of 9000 bytes.
void Deliver(benchmark::State& state,
             const std::vector<dns::Message>& messages) {
  ResolverBed bed({MakeBridge(1, "bn1", {"10.1.0.1/16"})});
  std::vector<std::vector<uint8_t>> packets;
  size_t bytes = 0;
  for (const dns::Message& message : messages) {
    packets.push_back(*dns::WriteMessage(message));
    bytes += packets.back().size();
  }
  Datagram datagram = FakeMdnsTransport::MulticastFrom(1, Ip("10.1.0.5"));
  size_t i = 0;
  for ([[maybe_unused]] const auto tick : state) {
    bed.transport.Deliver(datagram, packets[i++ % packets.size()]);
    state.PauseTiming();
    bed.loop.Advance(absl::Milliseconds(10));
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(
      static_cast<int64_t>(state.iterations() * bytes / packets.size()));
}

void BM_ReceiveNewHosts(benchmark::State& state) {
  std::vector<dns::Message> messages;
  messages.reserve(20000);
  for (int i = 0; i < 20000; ++i) {
    messages.push_back(Response({AddressRecord(HostName(i), "10.1.0.5")}));
  }
  Deliver(state, messages);
}
BENCHMARK(BM_ReceiveNewHosts);

void BM_ReceiveTheSame(benchmark::State& state) {
  Deliver(state, {Announcement(1, 1)});
}
BENCHMARK(BM_ReceiveTheSame);

void BM_ReceiveLarge(benchmark::State& state) {
  std::vector<dns::Message> messages;
  for (int m = 0; m < 50; ++m) {
    dns::Message message = Response({});
    for (int i = 0; i < 250; ++i) {
      message.answers.push_back(
          AddressRecord(HostName(m * 250 + i), "10.1.0.5"));
    }
    messages.push_back(message);
  }
  Deliver(state, messages);
}
BENCHMARK(BM_ReceiveLarge);

}  // namespace
}  // namespace localstore::resolver

BENCHMARK_MAIN();
