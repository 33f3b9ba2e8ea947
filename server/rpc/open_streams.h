// The streams that end only when somebody ends them.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/support/status.h"

namespace localstore::server {

// Thread-safe.
class OpenStreams {
 public:
  // Does not keep the stream alive. One that comes after EndAll is ended, too.
  template <typename Stream>
  void Add(const std::shared_ptr<Stream>& stream) {
    const std::weak_ptr<Stream> weak = stream;
    AddEntry({weak, [weak](const grpc::Status& status) {
                if (const auto held = weak.lock()) held->End(status);
              }});
  }

  void EndAll(const grpc::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Entry {
    std::weak_ptr<void> stream;
    std::function<void(const grpc::Status&)> end;
  };

  void AddEntry(Entry entry) ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace localstore::server
