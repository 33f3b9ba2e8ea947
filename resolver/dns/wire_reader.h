// A cursor over the bytes of a DNS message that can't leave them (RFC 1035
// sections 3.1 and 4.1.4).
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "resolver/dns/name.h"

namespace localstore::resolver::dns {

constexpr size_t kHeaderBytes = 12;

// How much more the names of one message may come to once expanded. A pointer
// of two bytes can stand for a name of 255: without a bound, 9 kB of them would
// expand a hundredfold.
class NameBudget {
 public:
  // Every message of an Ethernet frame fits, whatever it holds; a message of 9
  // kB does with names of 50 bytes in each of its records.
  static constexpr size_t kBytes = size_t{64} << 10;

  bool exhausted() const { return exhausted_; }
  // False, now and from now on, when less than `bytes` is left.
  bool Take(size_t bytes);

 private:
  size_t left_ = kBytes;
  bool exhausted_ = false;
};

// A value: copy it to look ahead, assign it back to go on from there. Every
// Read moves it, and writes to its argument, only when it returns true.
class WireReader {
 public:
  // Neither the message nor the budget is owned; both must outlive the reader.
  WireReader(absl::Span<const uint8_t> message, NameBudget& budget)
      : message_(message), end_(message.size()), budget_(&budget) {}

  size_t offset() const { return at_; }
  size_t remaining() const { return end_ - at_; }

  bool ReadU8(uint8_t& value);
  bool ReadU16(uint16_t& value);
  bool ReadU32(uint32_t& value);
  bool ReadBytes(size_t size, absl::Span<const uint8_t>& bytes);
  // `slice` covers just the next `size` bytes; names in it may point before it.
  bool ReadSlice(size_t size, WireReader& slice);

  // A name, which may be compressed. What a pointer leads to must begin and end
  // before the labels that it stands behind, or before itself. False as well
  // when the budget is exhausted.
  bool ReadName(Name& name);

 private:
  struct NamePlan;

  bool PlanName(NamePlan& plan) const;
  absl::optional<size_t> PointerTarget(size_t at, size_t limit) const;

  absl::Span<const uint8_t> message_;
  size_t at_ = 0;
  size_t end_;
  NameBudget* budget_;
};

}  // namespace localstore::resolver::dns
