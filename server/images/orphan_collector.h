// Deletes what unfinished downloads have left and nobody will go on with.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "fetcher/image_fetcher.h"

namespace localstore::server {

// Looks once at the start, then every hour, or sooner where max_age is shorter,
// on a thread of its own. Deletes nothing but what PartialFile has names for.
// Thread-safe.
class OrphanCollector {
 public:
  struct Parts {
    std::string download_directory;
    fetcher::ImageFetcher* fetcher = nullptr;  // outlives the collector
    // Whether a download could go on with what is at a destination. Called on
    // the collector's thread.
    std::function<bool(const std::string&)> is_claimed;
  };

  // What has not changed for `max_age` may go; 0: nothing does.
  OrphanCollector(Parts parts, absl::Duration max_age);
  // Waits for the file that is being deleted.
  ~OrphanCollector();
  OrphanCollector(const OrphanCollector&) = delete;
  OrphanCollector& operator=(const OrphanCollector&) = delete;

  // Looks at once, too.
  void SetMaxAge(absl::Duration max_age) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  void Collect(absl::Duration max_age) ABSL_LOCKS_EXCLUDED(mutex_);
  void CollectOne(const std::string& destination);
  bool stopping() const ABSL_LOCKS_EXCLUDED(mutex_);

  const Parts parts_;
  mutable absl::Mutex mutex_;
  absl::Duration max_age_ ABSL_GUARDED_BY(mutex_);
  bool due_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace localstore::server
