#include "fetcher/rate_limiter.h"

#include <algorithm>

namespace localstore::fetcher {
namespace {

// What was not used this long ago is lost. Longer than a timer is late, so that
// lateness costs no rate; short against the time over which a rate is seen.
constexpr absl::Duration kCatchUp = absl::Milliseconds(200);

}  // namespace

absl::Time RateLimiter::Admit(int64_t bytes, absl::Time now) {
  if (!limits()) return now;
  const absl::Time turn =
      next_ == absl::InfinitePast() ? now : std::max(next_, now - kCatchUp);
  next_ = turn + absl::Seconds(static_cast<double>(bytes) /
                               static_cast<double>(bytes_per_second_));
  return turn;
}

}  // namespace localstore::fetcher
