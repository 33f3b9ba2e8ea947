// Bytes of a DNS message as they are put together (RFC 1035 section 4.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "resolver/dns/name.h"

namespace localstore::resolver::dns {

class WireWriter {
 public:
  size_t size() const { return bytes_.size(); }

  void AppendU8(uint8_t value);
  void AppendU16(uint16_t value);
  void AppendU32(uint32_t value);
  void AppendBytes(absl::Span<const uint8_t> bytes);
  void AppendBytes(absl::string_view bytes);

  // With a pointer to where the name, or the end of it, was written before in
  // the same spelling, so that what is read back is spelt as it was.
  void AppendName(const Name& name);

  // Writes over two bytes that are there already.
  void PatchU16(size_t at, uint16_t value);

  std::vector<uint8_t> TakeBytes() { return std::move(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
  // Names and ends of names, as they are on the wire uncompressed.
  absl::flat_hash_map<std::string, uint16_t> written_at_;
};

}  // namespace localstore::resolver::dns
