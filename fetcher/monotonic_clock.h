// Time that never jumps.
#pragma once

#include <chrono>

#include "absl/time/time.h"

namespace localstore::fetcher {

// As an absl::Time whose zero means nothing: only differences count.
inline absl::Time MonotonicNow() {
  return absl::UnixEpoch() +
         absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace localstore::fetcher
