// When a transfer that still is connected counts as dead.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "absl/time/time.h"

namespace localstore::fetcher {

// Fed with times of one monotonic clock. Time during which the transfer was
// held back from this side does not count. Not thread-safe.
class StallRule {
 public:
  struct Limits {
    absl::Duration timeout = absl::Seconds(30);  // without a byte
    // Fewer bytes than this a second, over the window: a trickle. 0: no such
    // rule.
    int64_t min_bytes_per_second = 1024;
    absl::Duration window = absl::Seconds(60);
  };

  StallRule(const Limits& limits, absl::Time begin);

  void OnBytes(int64_t bytes, absl::Time now);
  // Between Hold and Release the transfer is kept from reading.
  void Hold(absl::Time now);
  void Release(absl::Time now);

  enum class Verdict { kAlive, kSilent, kTrickle };
  Verdict Judge(absl::Time now);

  // How long no byte has come, held time left out.
  absl::Duration SilentFor(absl::Time now) const;

 private:
  // Since the beginning, held time left out.
  absl::Duration Active(absl::Time now) const;

  const Limits limits_;
  absl::Time resumed_;
  absl::Duration active_before_ = absl::ZeroDuration();
  bool held_ = false;
  int64_t bytes_ = 0;
  absl::Duration last_byte_ = absl::ZeroDuration();
  // (active time, bytes until then), oldest first; reaches one window back.
  std::deque<std::pair<absl::Duration, int64_t>> samples_;
};

}  // namespace localstore::fetcher
