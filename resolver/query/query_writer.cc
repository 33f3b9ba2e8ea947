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

// The packets of a query, as they are filled.
class Packets {
 public:
  Packets(uint16_t id, size_t max) : id_(id), max_(max) { Next(); }

  // False when it goes into none any more.
  bool Add(const dns::Question& question) {
    if (!MakeRoom(WireBytes(question))) return false;
    messages_.back().questions.push_back(question);
    return true;
  }
  bool Add(const dns::Record& known) {
    if (!MakeRoom(WireBytes(known))) return false;
    messages_.back().answers.push_back(known);
    return true;
  }
  // TC says that known answers follow.
  std::vector<dns::Message> Take() {
    for (size_t i = 0; i + 1 < messages_.size(); ++i) {
      messages_[i].truncated = !messages_[i + 1].answers.empty();
    }
    return std::move(messages_);
  }

 private:
  bool MakeRoom(size_t bytes) {
    if (bytes_ + bytes > dns::kEthernetPayloadBytes) {
      if (messages_.size() >= max_ ||
          kHeaderBytes + bytes > dns::kEthernetPayloadBytes) {
        return false;
      }
      Next();
    }
    bytes_ += bytes;
    return true;
  }
  void Next() {
    messages_.emplace_back();
    messages_.back().id = id_;
    bytes_ = kHeaderBytes;
  }

  const uint16_t id_;
  const size_t max_;
  std::vector<dns::Message> messages_;
  size_t bytes_ = 0;
};

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
  Packets filled(query.id, static_cast<size_t>(max_packets));
  for (const dns::Question& question : query.questions) {
    if (!filled.Add(question)) {
      return absl::ResourceExhaustedError("too many questions for a query");
    }
  }
  for (const dns::Record& known : query.known_answers) {
    filled.Add(known);  // one that is left out is only answered again
  }
  std::vector<std::vector<uint8_t>> packets;
  for (const dns::Message& message : filled.Take()) {
    absl::StatusOr<std::vector<uint8_t>> packet =
        dns::WriteMessage(message, dns::kEthernetPayloadBytes);
    if (!packet.ok()) return packet.status();
    packets.push_back(*std::move(packet));
  }
  return packets;
}

}  // namespace localstore::resolver
