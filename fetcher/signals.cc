#include "fetcher/signals.h"

#include <algorithm>
#include <chrono>

namespace localstore::fetcher {
namespace {

// Longer waits would overflow the clock's reading.
constexpr absl::Duration kLongestWait = absl::Hours(24 * 365);

}  // namespace

void Signals::Raise(Signal signal) {
  const std::lock_guard<std::mutex> lock(mutex_);
  raised_ |= signal;
  changed_.notify_all();
}

void Signals::Clear(Signal signal) {
  const std::lock_guard<std::mutex> lock(mutex_);
  raised_ &= ~static_cast<uint32_t>(signal);
}

Signals::Signal Signals::Wait(uint32_t mask, absl::Duration timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_until(
      lock,
      std::chrono::steady_clock::now() +
          absl::ToChronoNanoseconds(std::min(timeout, kLongestWait)),
      [&] { return Raised(mask) != 0; });
  for (const Signal signal : {kCancelled, kTransferEnded, kEndpointsChanged}) {
    if ((Raised(mask) & signal) == 0) continue;
    if (signal != kCancelled) raised_ &= ~static_cast<uint32_t>(signal);
    return signal;
  }
  return kNone;
}

}  // namespace localstore::fetcher
