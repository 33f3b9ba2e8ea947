// Knows again what was just sent when multicast brings it back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/hash/hash.h"
#include "absl/types/span.h"

namespace localstore::resolver {

// What we multicast is looped back by the kernel once to each listener of this
// device: to responders, which is wanted, and to ourselves. Not thread-safe.
class EchoFilter {
 public:
  void Sent(absl::Span<const uint8_t> payload) {
    hashes_[next_] = HashOf(payload);
    next_ = (next_ + 1) % hashes_.size();
  }

  // Whether it was sent and has not come back yet; true once for each Sent.
  // Only those last sent are remembered.
  bool TakeEcho(absl::Span<const uint8_t> payload) {
    const uint64_t wanted = HashOf(payload);
    for (uint64_t& hash : hashes_) {
      if (hash != wanted) continue;
      hash = 0;
      return true;
    }
    return false;
  }

 private:
  static uint64_t HashOf(absl::Span<const uint8_t> payload) {
    const uint64_t hash = absl::Hash<absl::Span<const uint8_t>>()(payload);
    return hash == 0 ? 1 : hash;  // 0 stands for nothing
  }

  std::array<uint64_t, 32> hashes_{};
  size_t next_ = 0;
};

}  // namespace localstore::resolver
