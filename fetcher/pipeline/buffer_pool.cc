#include "fetcher/pipeline/buffer_pool.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace localstore::fetcher {
namespace {

struct FreeMemory {
  void operator()(char* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<char, FreeMemory>;

constexpr size_t kPage = 4096;

}  // namespace

size_t Buffer::Append(absl::string_view bytes) {
  const size_t taken = std::min(bytes.size(), capacity_ - size_);
  std::memcpy(data_ + size_, bytes.data(), taken);
  size_ += taken;
  return taken;
}

class BufferPool::Store {
 public:
  Store(size_t count, size_t buffer_bytes, std::function<void()> on_return)
      : buffer_bytes_(buffer_bytes),
        unmade_(count),
        on_return_(std::move(on_return)) {}

  size_t buffer_bytes() const { return buffer_bytes_; }

  Memory Take() {
    absl::MutexLock lock(&mutex_);
    if (!free_.empty()) {
      Memory memory = std::move(free_.back());
      free_.pop_back();
      return memory;
    }
    if (unmade_ > 0) {
      Memory memory(
          static_cast<char*>(std::aligned_alloc(kPage, buffer_bytes_)));
      if (memory != nullptr) {
        --unmade_;
        return memory;
      }
    }
    wanted_ = true;
    return nullptr;
  }

  bool HasFree() const {
    absl::MutexLock lock(&mutex_);
    return unmade_ > 0 || !free_.empty();
  }

  void Return(Memory memory) {
    absl::MutexLock lock(&mutex_);
    free_.push_back(std::move(memory));
    // Under the lock, so that Close can wait for it.
    if (std::exchange(wanted_, false) && on_return_) on_return_();
  }

  void Close() {
    absl::MutexLock lock(&mutex_);
    on_return_ = nullptr;
  }

 private:
  const size_t buffer_bytes_;
  mutable absl::Mutex mutex_;
  std::vector<Memory> free_ ABSL_GUARDED_BY(mutex_);
  size_t unmade_ ABSL_GUARDED_BY(mutex_);
  bool wanted_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> on_return_ ABSL_GUARDED_BY(mutex_);
};

BufferPool::BufferPool(size_t count, size_t buffer_bytes,
                       std::function<void()> on_return)
    : store_(
          std::make_shared<Store>(count, buffer_bytes, std::move(on_return))) {}

BufferPool::~BufferPool() { store_->Close(); }

bool BufferPool::HasFree() const { return store_->HasFree(); }

std::shared_ptr<Buffer> BufferPool::Take() {
  Memory memory = store_->Take();
  if (memory == nullptr) return nullptr;
  char* const data = memory.release();
  return std::shared_ptr<Buffer>(new Buffer(data, store_->buffer_bytes()),
                                 [store = store_, data](Buffer* buffer) {
                                   delete buffer;
                                   store->Return(Memory(data));
                                 });
}

}  // namespace localstore::fetcher
