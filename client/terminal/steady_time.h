// Time that no change of the clock turns back, for waits.
#pragma once

#include <chrono>

#include "absl/time/time.h"

namespace localstore::client {

// Since some moment that stays the same as long as the process lives.
inline absl::Duration SteadyNow() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace localstore::client
