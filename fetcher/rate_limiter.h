// So many bytes a second, shared by any number of transfers.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace localstore::fetcher {

// Each taker is told when its turn is. So takers get their turns one after the
// other, and none is left out, nor one let in beside the others. Fed with times
// of one monotonic clock. Not thread-safe: lives on the network thread.
class RateLimiter {
 public:
  // 0: no limit.
  explicit RateLimiter(int64_t bytes_per_second)
      : bytes_per_second_(bytes_per_second) {}

  bool limits() const { return bytes_per_second_ > 0; }

  // Accounts for bytes that are to be taken next; returns when they may be.
  absl::Time Admit(int64_t bytes, absl::Time now);

 private:
  const int64_t bytes_per_second_;
  absl::Time next_ = absl::InfinitePast();
};

}  // namespace localstore::fetcher
