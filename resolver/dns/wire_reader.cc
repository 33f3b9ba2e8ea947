#include "resolver/dns/wire_reader.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace localstore::resolver::dns {
namespace {

constexpr uint8_t kLabelKindMask = 0xc0;
constexpr uint8_t kPointer = 0xc0;
constexpr size_t kMaxLabels = (kMaxNameBytes - 1) / 2;

// Pointers of a name that have no label before them, where the name begins or
// where another pointer led. A writer has no reason for more than one; a chain
// of them costs work and says nothing.
constexpr int kMaxBarePointers = 8;

}  // namespace

bool NameBudget::Take(size_t bytes) {
  if (bytes > left_) exhausted_ = true;
  if (exhausted_) return false;
  left_ -= bytes;
  return true;
}

bool WireReader::ReadU8(uint8_t& value) {
  if (remaining() < 1) return false;
  value = message_[at_];
  at_ += 1;
  return true;
}

bool WireReader::ReadU16(uint16_t& value) {
  if (remaining() < 2) return false;
  value = static_cast<uint16_t>(message_[at_] << 8 | message_[at_ + 1]);
  at_ += 2;
  return true;
}

bool WireReader::ReadU32(uint32_t& value) {
  if (remaining() < 4) return false;
  value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | message_[at_ + i];
  at_ += 4;
  return true;
}

bool WireReader::ReadBytes(size_t size, absl::Span<const uint8_t>& bytes) {
  if (remaining() < size) return false;
  bytes = message_.subspan(at_, size);
  at_ += size;
  return true;
}

bool WireReader::ReadSlice(size_t size, WireReader& slice) {
  if (remaining() < size) return false;
  slice = *this;
  slice.end_ = at_ + size;
  at_ += size;
  return true;
}

// Where a name's labels are, found before anything is allocated.
struct WireReader::NamePlan {
  std::array<size_t, kMaxLabels> label_at;
  size_t labels = 0;
  size_t wire_bytes = 1;  // expanded, the root included
  size_t after = 0;       // the first byte behind the name where it stands
};

absl::optional<size_t> WireReader::PointerTarget(size_t at,
                                                 size_t limit) const {
  if (limit - at < 2) return absl::nullopt;
  const size_t high = message_[at] & ~kLabelKindMask;
  const size_t target = high << 8 | message_[at + 1];
  if (target < kHeaderBytes) return absl::nullopt;
  return target;
}

bool WireReader::PlanName(NamePlan& plan) const {
  size_t at = at_;
  size_t limit = end_;
  size_t segment = at_;  // where the run of labels that `at` is in began
  int bare_pointers = 0;
  while (at < limit) {
    const uint8_t length = message_[at];
    if (length == 0) {
      if (plan.after == 0) plan.after = at + 1;
      return true;
    }
    if ((length & kLabelKindMask) == kPointer) {
      const auto target = PointerTarget(at, limit);
      if (!target.has_value()) return false;
      if (at == segment && ++bare_pointers > kMaxBarePointers) return false;
      if (plan.after == 0) plan.after = at + 2;
      // Strictly backwards: no byte is come to twice.
      limit = segment;
      at = segment = *target;
      continue;
    }
    plan.wire_bytes += 1 + size_t{length};
    if (length > kMaxLabelBytes || plan.wire_bytes > kMaxNameBytes ||
        limit - at <= length) {
      return false;
    }
    plan.label_at[plan.labels++] = at;
    at += 1 + size_t{length};
  }
  return false;
}

bool WireReader::ReadName(Name& name) {
  NamePlan plan;
  const bool sound = PlanName(plan);
  // A name that is refused was walked as well, so it is paid for.
  if (!budget_->Take(plan.wire_bytes) || !sound) return false;
  std::vector<std::string> labels;
  labels.reserve(plan.labels);
  for (size_t i = 0; i < plan.labels; ++i) {
    const uint8_t* label = &message_[plan.label_at[i]];
    labels.emplace_back(reinterpret_cast<const char*>(label + 1), *label);
  }
  auto made = Name::FromLabels(std::move(labels));
  if (!made.has_value()) return false;
  name = *std::move(made);
  at_ = plan.after;
  return true;
}

}  // namespace localstore::resolver::dns
