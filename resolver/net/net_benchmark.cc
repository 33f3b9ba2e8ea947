// What the loop and the sockets cost, over a bridge in a network namespace of
// the program's own.
#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "benchmark/benchmark.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/mdns_test_bed.h"
#include "resolver/net/socket_mdns_transport.h"
#include "resolver/net/test_namespace.h"

namespace localstore::resolver {
namespace {

constexpr int kPostsPerBatch = 1000;
constexpr int kTimersWaiting = 10000;
constexpr size_t kPayloadBytes = 300;

std::unique_ptr<EventLoop> StartLoop() {
  return *EventLoop::Start("benchmark");
}

void PostAndWait(benchmark::State& state) {
  const auto loop = StartLoop();
  while (state.KeepRunning()) loop->RunAndWait([] {});
}
BENCHMARK(PostAndWait)->UseRealTime();

void PostBatch(benchmark::State& state) {
  const auto loop = StartLoop();
  int64_t runs = 0;
  while (state.KeepRunning()) {
    for (int i = 0; i < kPostsPerBatch; ++i) loop->Post([&] { ++runs; });
    loop->RunAndWait([] {});
  }
  state.SetItemsProcessed(runs);
}
BENCHMARK(PostBatch)->UseRealTime();

void SetAndCancelTimer(benchmark::State& state) {
  const auto loop = StartLoop();
  loop->RunAndWait([&] {
    for (int i = 0; i < kTimersWaiting; ++i) {
      loop->RunAfter(absl::Hours(1) + absl::Milliseconds(i * 7919 % 10007),
                     [] {});
    }
    while (state.KeepRunning()) {
      loop->CancelTimer(loop->RunAfter(absl::Minutes(61), [] {}));
    }
  });
}
BENCHMARK(SetAndCancelTimer);

Peer::Options App() {
  Peer::Options options;
  options.netns = "app1";
  options.interface = "eth0";
  options.family = AF_INET;
  return options;
}

std::unique_ptr<SocketMdnsTransport> OpenTransport(
    EventLoop& loop, std::function<void(const Datagram&)> receiver) {
  auto transport = std::make_unique<SocketMdnsTransport>(&loop);
  loop.RunAndWait([&] {
    transport->SetReceiver(std::move(receiver));
    const absl::Status status = transport->Open(BridgeWithApp(1));
    if (!status.ok()) std::abort();
  });
  return transport;
}

// As many as the loop's thread takes while another sends without pause.
void ReceiveFlood(benchmark::State& state) {
  const auto loop = StartLoop();
  std::atomic<int64_t> received{0};
  auto transport =
      OpenTransport(*loop, [&](const Datagram&) { received.fetch_add(1); });
  std::atomic<bool> stop{false};
  std::atomic<int64_t> sent{0};
  std::thread flood([&] {
    Peer app(App());
    const std::string payload(kPayloadBytes, 'x');
    while (!stop) {
      app.SendToGroup(payload);
      sent.fetch_add(1);
    }
  });
  while (state.KeepRunning()) {
    const int64_t target = received + kPostsPerBatch;
    while (received < target) std::this_thread::yield();
  }
  state.SetItemsProcessed(state.iterations() * kPostsPerBatch);
  stop = true;
  flood.join();
  state.counters["sent"] = benchmark::Counter(static_cast<double>(sent),
                                              benchmark::Counter::kIsRate);
  loop->RunAndWait([&] { transport = nullptr; });
}
BENCHMARK(ReceiveFlood)->UseRealTime();

// Until the App has the query and its answer has come back.
void QueryAndAnswer(benchmark::State& state) {
  const auto loop = StartLoop();
  const int index = BridgeWithApp(1).index;
  std::atomic<absl::Notification*> answered{nullptr};
  auto transport =
      OpenTransport(*loop, [&](const Datagram&) { answered.load()->Notify(); });
  const std::vector<uint8_t> query(kPayloadBytes, 'q');
  const std::string answer(kPayloadBytes, 'a');
  Peer app(App());
  while (state.KeepRunning()) {
    absl::Notification done;
    answered = &done;
    loop->Post([&] {
      if (!transport->Send(index, IpFamily::kIpv4, Channel::kMulticast, query)
               .ok()) {
        std::abort();
      }
    });
    if (!app.Receive()) std::abort();
    app.SendToGroup(answer);
    done.WaitForNotification();
  }
  loop->RunAndWait([&] { transport = nullptr; });
}
BENCHMARK(QueryAndAnswer)->UseRealTime();

}  // namespace
}  // namespace localstore::resolver

int main(int argc, char** argv) {
  localstore::resolver::EnterTestNamespace(argv);
  benchmark::Initialize(&argc, argv);
  localstore::resolver::MakeBridgeWithApp(1);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
