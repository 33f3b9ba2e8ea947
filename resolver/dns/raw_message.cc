#include "resolver/dns/raw_message.h"

#include "absl/strings/str_split.h"

namespace localstore::resolver::dns {

RawMessage::RawMessage(RawCounts counts, uint16_t flags, uint16_t id) {
  U16(id).U16(flags);
  U16(counts.questions).U16(counts.answers);
  U16(counts.authorities).U16(counts.additionals);
}

RawMessage& RawMessage::U8(uint8_t value) {
  bytes_.push_back(value);
  return *this;
}

RawMessage& RawMessage::U16(uint16_t value) {
  return U8(static_cast<uint8_t>(value >> 8)).U8(static_cast<uint8_t>(value));
}

RawMessage& RawMessage::U32(uint32_t value) {
  return U16(static_cast<uint16_t>(value >> 16))
      .U16(static_cast<uint16_t>(value));
}

RawMessage& RawMessage::Text(absl::string_view bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

RawMessage& RawMessage::Label(absl::string_view label) {
  return U8(static_cast<uint8_t>(label.size())).Text(label);
}

RawMessage& RawMessage::Name(absl::string_view dotted) {
  for (const absl::string_view label : absl::StrSplit(dotted, '.')) {
    Label(label);
  }
  return U8(0);
}

RawMessage& RawMessage::Pointer(size_t target) {
  return U16(static_cast<uint16_t>(0xc000 | target));
}

RawMessage& RawMessage::RecordHead(uint16_t type, uint16_t klass, uint32_t ttl,
                                   uint16_t rdlength) {
  return U16(type).U16(klass).U32(ttl).U16(rdlength);
}

RawMessage& RawMessage::AddressRecord(absl::string_view name, uint8_t last) {
  return Name(name).RecordHead(1, 0x8001, 120, 4).U8(10).U8(1).U8(0).U8(last);
}

RawMessage& RawMessage::BeginRdata(uint16_t type, uint16_t klass,
                                   uint32_t ttl) {
  RecordHead(type, klass, ttl, 0);
  rdata_at_ = size();
  return *this;
}

RawMessage& RawMessage::EndRdata() {
  const size_t length = size() - rdata_at_;
  bytes_[rdata_at_ - 2] = static_cast<uint8_t>(length >> 8);
  bytes_[rdata_at_ - 1] = static_cast<uint8_t>(length);
  return *this;
}

}  // namespace localstore::resolver::dns
