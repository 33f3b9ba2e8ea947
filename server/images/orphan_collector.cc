#include "server/images/orphan_collector.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/images/unfinished_files.h"
#include "server/logging/log.h"

namespace localstore::server {
namespace {

constexpr absl::Duration kLongestInterval = absl::Hours(1);
constexpr absl::Duration kShortestInterval = absl::Seconds(1);
// In one go; the rest comes in the next.
constexpr size_t kMaxNames = 1'000'000;
constexpr size_t kMaxDeleted = 1'000;

absl::Duration IntervalFor(absl::Duration max_age) {
  if (max_age == absl::ZeroDuration()) return absl::InfiniteDuration();
  return std::min(std::max(max_age, kShortestInterval), kLongestInterval);
}

}  // namespace

OrphanCollector::OrphanCollector(Parts parts, absl::Duration max_age)
    : parts_(std::move(parts)), max_age_(max_age), thread_([this] { Run(); }) {}

OrphanCollector::~OrphanCollector() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void OrphanCollector::SetMaxAge(absl::Duration max_age) {
  absl::MutexLock lock(&mutex_);
  if (max_age_ == max_age) return;
  max_age_ = max_age;
  due_ = true;
}

bool OrphanCollector::stopping() const {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

void OrphanCollector::Run() {
  const auto wanted = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return stopping_ || due_;
  };
  while (true) {
    absl::Duration max_age;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&wanted), IntervalFor(max_age_));
      if (stopping_) return;
      due_ = false;
      max_age = max_age_;
    }
    if (max_age > absl::ZeroDuration()) Collect(max_age);
  }
}

void OrphanCollector::Collect(absl::Duration max_age) {
  const auto found = FindUnfinishedFiles(parts_.download_directory,
                                         absl::Now() - max_age, kMaxNames);
  if (!found.ok()) {
    return LogWarning("cannot look for orphaned files",
                      {{"error", std::string(found.status().message())}});
  }
  if (!found->complete) {
    LogWarning("too many files to look for orphaned ones among all",
               {{"looked_at", absl::StrCat(kMaxNames)}});
  }
  const size_t count = std::min(found->destinations.size(), kMaxDeleted);
  for (size_t i = 0; i < count && !stopping(); ++i) {
    CollectOne(found->destinations[i]);
  }
}

void OrphanCollector::CollectOne(const std::string& destination) {
  // Asking before spares waiting for a download that is at work there; asking
  // again, when none can begin, makes sure.
  if (parts_.is_claimed(destination)) return;
  const absl::StatusOr<bool> deleted = parts_.fetcher->DiscardPartialIf(
      destination, [&] { return !parts_.is_claimed(destination); });
  if (!deleted.ok()) {
    return LogWarning("cannot delete an orphaned file",
                      {{"destination", destination},
                       {"error", std::string(deleted.status().message())}});
  }
  if (*deleted) {
    LogInfo("orphaned file deleted", {{"destination", destination}});
  }
}

}  // namespace localstore::server
