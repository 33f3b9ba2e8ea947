// Datagrams kept instead of sent, and received when the test says so.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "resolver/dns/message.h"
#include "resolver/dns/reader.h"
#include "resolver/dns/writer.h"
#include "resolver/net/mdns_transport.h"

namespace localstore::resolver {

struct SentQuery {
  int bridge_index = 0;
  IpFamily family = IpFamily::kIpv4;
  Channel channel = Channel::kMulticast;
  dns::Message message;
  size_t bytes = 0;
};

class FakeMdnsTransport : public MdnsTransport {
 public:
  absl::Status Open(const Bridge& bridge) override {
    ++opens;
    std::set<IpFamily>& families = open_[bridge.index];
    families.clear();
    for (const IpPrefix& prefix : bridge.addresses) {
      families.insert(prefix.address.family());
    }
    const auto failure = open_errors.find(bridge.index);
    if (failure == open_errors.end()) return absl::OkStatus();
    families.clear();
    return failure->second;
  }
  void Close(int bridge_index) override { open_.erase(bridge_index); }

  absl::Status Send(int bridge_index, IpFamily family, Channel channel,
                    absl::Span<const uint8_t> payload) override {
    if (!IsOpen(bridge_index, family)) {
      return absl::FailedPreconditionError("the channel is not open");
    }
    const auto failure = send_errors.find(bridge_index);
    if (failure != send_errors.end()) return failure->second;
    auto read = dns::ReadMessage(payload);
    if (!read.ok()) return read.status();
    SentQuery query;
    query.bridge_index = bridge_index;
    query.family = family;
    query.channel = channel;
    query.message = std::move(read->message);
    query.bytes = payload.size();
    (IsCompanion(query) ? companions : sent).push_back(std::move(query));
    return absl::OkStatus();
  }

  bool IsOpen(int bridge_index, IpFamily family) const override {
    const auto found = open_.find(bridge_index);
    return found != open_.end() && found->second.count(family) > 0;
  }
  void SetReceiver(std::function<void(const Datagram&)> receiver) override {
    receiver_ = std::move(receiver);
  }

  // A multicast datagram from `source` on that bridge, sound but for what the
  // test changes in it.
  static Datagram MulticastFrom(int bridge_index, const IpAddress& source) {
    Datagram datagram;
    datagram.bridge_index = bridge_index;
    datagram.arrival_index = bridge_index;
    datagram.channel = Channel::kMulticast;
    datagram.family = source.family();
    datagram.source = source;
    datagram.source_port = kMdnsPort;
    datagram.destination = *IpAddress::Parse(
        source.family() == IpFamily::kIpv4 ? "224.0.0.251" : "ff02::fb");
    return datagram;
  }

  void Deliver(const Datagram& datagram, const dns::Message& message) {
    const auto bytes = dns::WriteMessage(message);
    if (bytes.ok()) Deliver(datagram, *bytes);
  }
  void Deliver(Datagram datagram, absl::Span<const uint8_t> payload) {
    datagram.payload = payload;
    if (receiver_) receiver_(datagram);
  }

  size_t open_bridges() const { return open_.size(); }

  std::vector<SentQuery> sent;
  // Those for services that go along with one for addresses, which is in sent.
  std::vector<SentQuery> companions;
  std::map<int, absl::Status> send_errors;  // by bridge
  std::map<int, absl::Status> open_errors;  // likewise
  int opens = 0;

 private:
  static bool AsksFor(const dns::Message& message, bool addresses) {
    return std::any_of(message.questions.begin(), message.questions.end(),
                       [&](const dns::Question& question) {
                         return addresses
                                    ? question.type == dns::Type::kA ||
                                          question.type == dns::Type::kAaaa
                                    : question.type == dns::Type::kPtr;
                       });
  }
  // It follows the other at once, after that was sent over each family.
  bool IsCompanion(const SentQuery& query) const {
    if (!AsksFor(query.message, /*addresses=*/false) ||
        AsksFor(query.message, /*addresses=*/true)) {
      return false;
    }
    const auto last_two =
        absl::MakeConstSpan(sent).last(std::min<size_t>(sent.size(), 2));
    return std::any_of(last_two.begin(), last_two.end(),
                       [&](const SentQuery& before) {
                         return before.bridge_index == query.bridge_index &&
                                before.channel == query.channel &&
                                AsksFor(before.message, /*addresses=*/true);
                       });
  }

  std::map<int, std::set<IpFamily>> open_;
  std::function<void(const Datagram&)> receiver_;
};

}  // namespace localstore::resolver
