#include "fetcher/backoff.h"

#include <algorithm>

namespace localstore::fetcher {

absl::Duration Backoff::Next() {
  const absl::Duration wait = std::max(bound_ * random_(), limits_.min);
  bound_ = std::min(bound_ * 2, limits_.max);
  return wait;
}

}  // namespace localstore::fetcher
