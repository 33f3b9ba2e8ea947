// What the RPCs are told by the configuration.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/requests/image_sources.h"

namespace localstore::server {

struct Settings {
  DatastoreCatalog catalog;
  int64_t max_image_bytes = 0;  // 0: no limit
  absl::Duration resolve_timeout = absl::Seconds(3);
};

// The settings of the moment. Thread-safe.
class LiveSettings {
 public:
  explicit LiveSettings(Settings settings)
      : current_(std::make_shared<const Settings>(std::move(settings))) {}

  std::shared_ptr<const Settings> Get() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return current_;
  }

  void Set(Settings settings) ABSL_LOCKS_EXCLUDED(mutex_) {
    auto next = std::make_shared<const Settings>(std::move(settings));
    absl::MutexLock lock(&mutex_);
    current_ = std::move(next);
  }

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Settings> current_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
