// For tests: DNS messages put together by hand, right or wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace localstore::resolver::dns {

// The header's counts.
struct RawCounts {
  uint16_t questions = 0;
  uint16_t answers = 0;
  uint16_t authorities = 0;
  uint16_t additionals = 0;
};

class RawMessage {
 public:
  static constexpr uint16_t kMdnsResponseFlags = 0x8400;

  explicit RawMessage(RawCounts counts, uint16_t flags = kMdnsResponseFlags,
                      uint16_t id = 0);

  RawMessage& U8(uint8_t value);
  RawMessage& U16(uint16_t value);
  RawMessage& U32(uint32_t value);
  RawMessage& Text(absl::string_view bytes);
  RawMessage& Label(absl::string_view label);
  // Each label of "a.b.c" and the root.
  RawMessage& Name(absl::string_view dotted);
  RawMessage& Pointer(size_t target);

  // What stands between a record's name and its data.
  RawMessage& RecordHead(uint16_t type, uint16_t klass, uint32_t ttl,
                         uint16_t rdlength);
  // The whole of an A record, cache-flush bit set: 10.1.0.<last>.
  RawMessage& AddressRecord(absl::string_view name, uint8_t last);

  // A record's data of unknown length: what is appended between the two.
  RawMessage& BeginRdata(uint16_t type, uint16_t klass = 1, uint32_t ttl = 120);
  RawMessage& EndRdata();

  size_t size() const { return bytes_.size(); }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<uint8_t> bytes_;
  size_t rdata_at_ = 0;
};

}  // namespace localstore::resolver::dns
