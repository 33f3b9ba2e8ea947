#include "resolver/dns/wire_writer.h"

#include <algorithm>

namespace localstore::resolver::dns {
namespace {

constexpr uint16_t kPointer = 0xc000;
constexpr size_t kPointerLimit = 0x4000;  // RFC 1035 section 4.1.4: 14 bits

std::string UncompressedLabels(const Name& name) {
  std::string wire;
  for (const std::string& label : name.labels()) {
    wire += static_cast<char>(label.size());
    wire += label;
  }
  return wire;
}

}  // namespace

void WireWriter::AppendU8(uint8_t value) { bytes_.push_back(value); }

void WireWriter::AppendU16(uint16_t value) {
  AppendU8(static_cast<uint8_t>(value >> 8));
  AppendU8(static_cast<uint8_t>(value));
}

void WireWriter::AppendU32(uint32_t value) {
  AppendU16(static_cast<uint16_t>(value >> 16));
  AppendU16(static_cast<uint16_t>(value));
}

void WireWriter::AppendBytes(absl::Span<const uint8_t> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void WireWriter::AppendBytes(absl::string_view bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void WireWriter::AppendName(const Name& name) {
  const std::string wire = UncompressedLabels(name);
  absl::string_view rest = wire;
  for (const std::string& label : name.labels()) {
    const auto known = written_at_.find(rest);
    if (known != written_at_.end()) {
      AppendU16(kPointer | known->second);
      return;
    }
    if (size() < kPointerLimit) {
      written_at_.emplace(rest, static_cast<uint16_t>(size()));
    }
    AppendBytes(rest.substr(0, 1 + label.size()));
    rest.remove_prefix(1 + label.size());
  }
  AppendU8(0);
}

void WireWriter::PatchU16(size_t at, uint16_t value) {
  bytes_[at] = static_cast<uint8_t>(value >> 8);
  bytes_[at + 1] = static_cast<uint8_t>(value);
}

}  // namespace localstore::resolver::dns
