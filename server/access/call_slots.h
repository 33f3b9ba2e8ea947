// How many calls each client has under way.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace localstore::server {

// Thread-safe.
class CallSlots {
 public:
  // A place that is taken until this is destroyed; may outlive CallSlots.
  class Slot {
   public:
    Slot() = default;
    Slot(Slot&& other) noexcept : give_back_(std::move(other.give_back_)) {}
    Slot& operator=(Slot&& other) noexcept {
      give_back_ = std::move(other.give_back_);
      return *this;
    }

   private:
    friend class CallSlots;
    std::shared_ptr<void> give_back_;
  };

  explicit CallSlots(int limit) : table_(std::make_shared<Table>(limit)) {}

  // Those beyond a lower limit go on.
  void SetLimit(int limit);

  // Errors: TOO_MANY_CALLS with RetryInfo.
  absl::StatusOr<Slot> Take(const std::string& client);

 private:
  struct Table {
    explicit Table(int at_most) : limit(at_most) {}
    absl::Mutex mutex;
    int limit ABSL_GUARDED_BY(mutex);
    std::unordered_map<std::string, int> taken ABSL_GUARDED_BY(mutex);
  };

  static void GiveBack(Table& table, const std::string& client);

  const std::shared_ptr<Table> table_;
};

}  // namespace localstore::server
