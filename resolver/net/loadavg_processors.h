// The kernel's count of who runs and who waits to (proc_loadavg(5)).
#pragma once

#include <chrono>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "resolver/net/processors.h"
#include "resolver/net/unique_fd.h"

namespace localstore::resolver {

// The threads that run or could, out of "0.20 0.18 0.12 1/80 11206"; nothing
// when it is not of that form.
absl::optional<int> ParseRunnable(absl::string_view loadavg);

// `runnable` counts the caller.
Processors::Load LoadOf(int runnable, int processors);

// Read at most every half a millisecond: many lookups may ask at the same time.
// The count is the machine's, not a namespace's or control group's; the threads
// that run virtual machines are in it.
class LoadavgProcessors final : public Processors {
 public:
  LoadavgProcessors();

  Load Look() override;

 private:
  Load Read() const;

  const UniqueFd loadavg_;  // not valid where /proc has no such file
  const int processors_;
  Load load_ = Load::kIdle;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace localstore::resolver
