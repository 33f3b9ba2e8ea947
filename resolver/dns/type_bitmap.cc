#include "resolver/dns/type_bitmap.h"

#include <algorithm>
#include <cstddef>

namespace localstore::resolver::dns {
namespace {

constexpr size_t kMaxWindowBytes = 32;

void ReadWindow(uint8_t window, absl::Span<const uint8_t> bitmap,
                std::vector<Type>& types) {
  for (size_t bit = 0; bit < bitmap.size() * 8; ++bit) {
    if ((bitmap[bit / 8] & (0x80 >> bit % 8)) != 0) {
      types.push_back(static_cast<Type>(window << 8 | bit));
    }
  }
}

}  // namespace

absl::optional<std::vector<Type>> ReadTypeBitmap(
    absl::Span<const uint8_t> bytes) {
  std::vector<Type> types;
  int previous = -1;
  while (!bytes.empty()) {
    if (bytes.size() < 2) return absl::nullopt;
    const uint8_t window = bytes[0];
    const size_t size = bytes[1];
    bytes.remove_prefix(2);
    if (window <= previous || size == 0 || size > kMaxWindowBytes ||
        size > bytes.size()) {
      return absl::nullopt;
    }
    ReadWindow(window, bytes.first(size), types);
    bytes.remove_prefix(size);
    previous = window;
  }
  return types;
}

std::vector<uint8_t> WriteTypeBitmap(absl::Span<const Type> types) {
  std::vector<Type> sorted(types.begin(), types.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<uint8_t> bytes;
  int window = -1;
  size_t window_at = 0;
  for (const Type type : sorted) {
    const int number = static_cast<int>(type);
    if (number >> 8 != window) {
      window = number >> 8;
      window_at = bytes.size();
      bytes.insert(bytes.end(), {static_cast<uint8_t>(window), 0});
    }
    const size_t byte = static_cast<size_t>(number & 0xff) / 8;
    bytes.resize(window_at + 2 + byte + 1);
    bytes[window_at + 1] = static_cast<uint8_t>(byte + 1);
    bytes[window_at + 2 + byte] |= 0x80 >> number % 8;
  }
  return bytes;
}

}  // namespace localstore::resolver::dns
