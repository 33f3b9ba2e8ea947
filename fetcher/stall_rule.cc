#include "fetcher/stall_rule.h"

namespace localstore::fetcher {
namespace {

constexpr int kSamplesInWindow = 20;

}  // namespace

StallRule::StallRule(const Limits& limits, absl::Time begin)
    : limits_(limits), resumed_(begin) {
  samples_.emplace_back(absl::ZeroDuration(), 0);
}

absl::Duration StallRule::Active(absl::Time now) const {
  return held_ ? active_before_ : active_before_ + (now - resumed_);
}

void StallRule::OnBytes(int64_t bytes, absl::Time now) {
  bytes_ += bytes;
  last_byte_ = Active(now);
}

void StallRule::Hold(absl::Time now) {
  active_before_ = Active(now);
  held_ = true;
}

void StallRule::Release(absl::Time now) {
  if (!held_) return;
  held_ = false;
  resumed_ = now;
}

absl::Duration StallRule::SilentFor(absl::Time now) const {
  return Active(now) - last_byte_;
}

StallRule::Verdict StallRule::Judge(absl::Time now) {
  if (SilentFor(now) >= limits_.timeout) return Verdict::kSilent;
  if (limits_.min_bytes_per_second <= 0) return Verdict::kAlive;
  const absl::Duration active = Active(now);
  if (active - samples_.back().first >= limits_.window / kSamplesInWindow) {
    samples_.emplace_back(active, bytes_);
  }
  while (samples_.size() > 1 && active - samples_[1].first >= limits_.window) {
    samples_.pop_front();
  }
  const absl::Duration span = active - samples_.front().first;
  if (span < limits_.window) return Verdict::kAlive;
  const double rate = static_cast<double>(bytes_ - samples_.front().second) /
                      absl::ToDoubleSeconds(span);
  return rate < static_cast<double>(limits_.min_bytes_per_second)
             ? Verdict::kTrickle
             : Verdict::kAlive;
}

}  // namespace localstore::fetcher
