#include "fetcher/background_threads.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "fetcher/pipeline/start_thread.h"

namespace localstore::fetcher {

BackgroundThreads::~BackgroundThreads() {
  const auto all_ended = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return std::all_of(threads_.begin(), threads_.end(),
                       [](const Entry& entry) { return entry.ended; });
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&all_ended));
  JoinEnded();
}

absl::Status BackgroundThreads::Run(const std::string& name,
                                    std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  JoinEnded();
  Entry& entry = threads_.emplace_back();
  absl::StatusOr<std::thread> thread =
      StartThread(name, [this, &entry, task = std::move(task)]() mutable {
        task();
        task = nullptr;
        absl::MutexLock lock(&mutex_);
        entry.ended = true;
      });
  if (!thread.ok()) {
    threads_.pop_back();
    return thread.status();
  }
  entry.thread = *std::move(thread);
  return absl::OkStatus();
}

void BackgroundThreads::JoinEnded() {
  for (auto entry = threads_.begin(); entry != threads_.end();) {
    if (entry->ended) {
      entry->thread.join();
      entry = threads_.erase(entry);
    } else {
      ++entry;
    }
  }
}

}  // namespace localstore::fetcher
