#include "server/logging/event_limiter.h"

#include <algorithm>

namespace localstore::server {
namespace {

// Messages are words of the program; there are fewer than this.
constexpr size_t kMaxMessages = 512;

}  // namespace

EventLimiter::Verdict EventLimiter::Admit(absl::string_view message,
                                          absl::Time now) {
  absl::MutexLock lock(&mutex_);
  Verdict verdict;
  if (with_left_out_ > 0) TakeReports(now, verdict);
  Bucket& bucket = Find(message, now);
  const double seconds = absl::ToDoubleSeconds(
      std::max(now - bucket.filled, absl::ZeroDuration()));
  bucket.tokens =
      std::min<double>(kBurst, bucket.tokens + seconds * kPerSecond);
  bucket.filled = now;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    verdict.write = true;
    return verdict;
  }
  if (bucket.left_out++ == 0) {
    bucket.left_out_since = now;
    ++with_left_out_;
  }
  return verdict;
}

EventLimiter::Bucket& EventLimiter::Find(absl::string_view message,
                                         absl::Time now) {
  auto found = buckets_.find(message);
  if (found == buckets_.end()) {
    if (buckets_.size() >= kMaxMessages) message = "other";
    found = buckets_.emplace(message, Bucket()).first;
    if (found->second.filled == absl::Time()) found->second.filled = now;
  }
  return found->second;
}

void EventLimiter::TakeReports(absl::Time now, Verdict& verdict) {
  for (auto& [message, bucket] : buckets_) {
    if (bucket.left_out == 0 || now - bucket.left_out_since < kReportInterval) {
      continue;
    }
    verdict.left_out.emplace_back(message, bucket.left_out);
    bucket.left_out = 0;
    --with_left_out_;
  }
}

}  // namespace localstore::server
