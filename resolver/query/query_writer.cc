#include "resolver/query/query_writer.h"

#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "resolver/dns/name.h"
#include "resolver/dns/writer.h"

namespace localstore::resolver {
namespace {

constexpr size_t kHeaderBytes = 12;

size_t NameBytes(const dns::Name& name) {
  size_t bytes = 1;
  for (const std::string& label : name.labels()) bytes += 1 + label.size();
  return bytes;
}

struct DataBytes {
  size_t operator()(const dns::AddressData& data) const {
    return data.address.bytes().size();
  }
  size_t operator()(const dns::NameData& data) const {
    return NameBytes(data.target);
  }
  size_t operator()(const dns::SrvData& data) const {
    return 6 + NameBytes(data.target);
  }
  size_t operator()(const dns::TxtData& data) const {
    size_t bytes = 1;
    for (const std::string& text : data.strings) bytes += 1 + text.size();
    return bytes;
  }
  size_t operator()(const dns::NsecData& data) const {
    // A window of 32 bytes for each type is more than there can be.
    return NameBytes(data.next) + data.types.size() * 34;
  }
  size_t operator()(const dns::OpaqueData& data) const {
    return data.bytes.size();
  }
};

std::vector<dns::Message> Split(const Query& query, size_t max_packets) {
  std::vector<dns::Message> messages;
  size_t bytes = 0;
  const auto start_packet = [&] {
    messages.emplace_back();
    messages.back().id = query.id;
    bytes = kHeaderBytes;
  };
  start_packet();
  for (const dns::Question& question : query.questions) {
    const size_t more = WireBytes(question);
    if (bytes + more > dns::kEthernetPayloadBytes &&
        messages.size() < max_packets) {
      start_packet();
    }
    messages.back().questions.push_back(question);
    bytes += more;
  }
  for (const dns::Record& known : query.known_answers) {
    const size_t more = WireBytes(known);
    if (more > dns::kEthernetPayloadBytes - kHeaderBytes) continue;
    if (bytes + more > dns::kEthernetPayloadBytes) {
      if (messages.size() >= max_packets) break;
      messages.back().truncated = true;
      start_packet();
    }
    messages.back().answers.push_back(known);
    bytes += more;
  }
  return messages;
}

}  // namespace

size_t WireBytes(const dns::Question& question) {
  return NameBytes(question.name) + 4;
}

size_t WireBytes(const dns::Record& record) {
  return NameBytes(record.name) + 10 + std::visit(DataBytes(), record.data);
}

bool FitsOnePacket(const Query& query) {
  size_t bytes = kHeaderBytes;
  for (const dns::Question& question : query.questions) {
    bytes += WireBytes(question);
  }
  for (const dns::Record& known : query.known_answers) {
    bytes += WireBytes(known);
  }
  return bytes <= dns::kEthernetPayloadBytes;
}

absl::StatusOr<std::vector<std::vector<uint8_t>>> WriteQuery(const Query& query,
                                                             int max_packets) {
  std::vector<std::vector<uint8_t>> packets;
  for (const dns::Message& message :
       Split(query, static_cast<size_t>(max_packets))) {
    absl::StatusOr<std::vector<uint8_t>> packet =
        dns::WriteMessage(message, dns::kEthernetPayloadBytes);
    if (!packet.ok()) return packet.status();
    packets.push_back(*std::move(packet));
  }
  return packets;
}

}  // namespace localstore::resolver
