// A resolver between a fake loop, fake bridges and a fake network.
#pragma once

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "resolver/host_resolver.h"
#include "resolver/mdns_host_resolver.h"
#include "resolver/testing/fake_bridge_monitor.h"
#include "resolver/testing/fake_loop.h"
#include "resolver/testing/fake_mdns_transport.h"
#include "resolver/testing/fake_processors.h"
#include "resolver/testing/records.h"

namespace localstore::resolver {

struct ResolverBed {
  explicit ResolverBed(const std::vector<Bridge>& bridges = {
                           MakeBridge(1, "bn1", {"10.1.0.1/24"}),
                           MakeBridge(2, "bn2", {"10.2.0.1/24"})}) {
    for (const Bridge& bridge : bridges) monitor.Set(bridge);
    resolver = std::make_unique<MdnsHostResolver>(
        &loop, &loop, &monitor, &transport, &processors, random);
    loop.RunPosted();
  }

  // What a call of Resolve came to.
  struct Call {
    HostResolver::OperationId id = 0;
    absl::optional<absl::StatusOr<Resolution>> result;
    int answers = 0;

    bool done() const { return result.has_value(); }
    bool ok() const { return done() && result->ok(); }
    const Resolution& resolution() const { return **result; }
    absl::Status status() const {
      return done() ? result->status() : absl::OkStatus();
    }
    std::vector<std::string> addresses() const {
      std::vector<std::string> addresses;
      for (const Endpoint& endpoint : resolution().endpoints) {
        addresses.push_back(endpoint.address + "%" + endpoint.bridge);
      }
      return addresses;
    }
  };

  std::shared_ptr<Call> Resolve(const std::string& host,
                                const ResolveOptions& options = {}) {
    auto call = std::make_shared<Call>();
    call->id = resolver->Resolve(host, options,
                                 [call](absl::StatusOr<Resolution> result) {
                                   ++call->answers;
                                   call->result = std::move(result);
                                 });
    loop.RunPosted();
    return call;
  }

  // An App on bridge `index` multicasts it.
  void Announce(int index, const std::string& source,
                const dns::Message& message) {
    transport.Deliver(FakeMdnsTransport::MulticastFrom(index, Ip(source)),
                      message);
    loop.RunPosted();
  }

  // An App answers the last one-shot query on bridge `index` by unicast.
  void AnswerOneShot(int index, const std::string& source,
                     dns::Message message) {
    Datagram datagram = FakeMdnsTransport::MulticastFrom(index, Ip(source));
    datagram.channel = Channel::kUnicast;
    datagram.destination =
        monitor.bridges()[static_cast<size_t>(index - 1)].addresses[0].address;
    for (const SentQuery& query : transport.sent) {
      if (query.bridge_index == index && query.channel == Channel::kUnicast) {
        message.id = query.message.id;
      }
    }
    transport.Deliver(datagram, message);
    loop.RunPosted();
  }

  // Of the bridge of that index.
  BridgeStatistics StatisticsOf(int index) const {
    for (BridgeStatistics& bridge : resolver->Statistics().bridges) {
      if (bridge.bridge_index == index) return std::move(bridge);
    }
    return {};
  }

  std::vector<SentQuery> SentOn(int index, Channel channel) const {
    std::vector<SentQuery> sent;
    for (const SentQuery& query : transport.sent) {
      if (query.bridge_index == index && query.channel == channel) {
        sent.push_back(query);
      }
    }
    return sent;
  }

  FakeLoop loop;
  FakeBridgeMonitor monitor;
  FakeMdnsTransport transport;
  FakeProcessors processors;
  // NOLINTNEXTLINE(cert-msc32-c,cert-msc51-cpp): the same in each run.
  std::mt19937_64 random{42};
  std::unique_ptr<MdnsHostResolver> resolver;
};

inline bool Asks(const dns::Message& query, const std::string& name,
                 dns::Type type) {
  return std::any_of(query.questions.begin(), query.questions.end(),
                     [&](const dns::Question& question) {
                       return question.name == N(name) && question.type == type;
                     });
}

}  // namespace localstore::resolver
