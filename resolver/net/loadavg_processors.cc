#include "resolver/net/loadavg_processors.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace localstore::resolver {

absl::optional<int> ParseRunnable(absl::string_view loadavg) {
  const std::vector<absl::string_view> fields = absl::StrSplit(loadavg, ' ');
  if (fields.size() < 4) return absl::nullopt;
  const std::pair<absl::string_view, absl::string_view> threads =
      absl::StrSplit(fields[3], absl::MaxSplits('/', 1));
  int runnable = 0;
  if (!absl::SimpleAtoi(threads.first, &runnable) || runnable < 0) {
    return absl::nullopt;
  }
  return runnable;
}

Processors::Load LoadOf(int runnable, int processors) {
  if (runnable <= 1) return Processors::Load::kIdle;
  return runnable <= processors ? Processors::Load::kShared
                                : Processors::Load::kCrowded;
}

LoadavgProcessors::LoadavgProcessors()
    : loadavg_(open("/proc/loadavg", O_RDONLY | O_CLOEXEC)),
      processors_(
          static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)))) {}

Processors::Load LoadavgProcessors::Look() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return load_;
  next_ = now + std::chrono::microseconds(500);
  return load_ = Read();
}

Processors::Load LoadavgProcessors::Read() const {
  char text[128];
  const ssize_t length = pread(loadavg_.get(), text, sizeof(text), 0);
  if (length <= 0) return Load::kIdle;
  const absl::optional<int> runnable =
      ParseRunnable(absl::string_view(text, static_cast<size_t>(length)));
  return runnable.has_value() ? LoadOf(*runnable, processors_) : Load::kIdle;
}

}  // namespace localstore::resolver
