// A bounded number of buffers, used again and again.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace localstore::fetcher {

// A piece of an image on its way. One thread fills it; afterwards any number
// read it. It goes back to its pool when the last holder lets go.
class Buffer {
 public:
  Buffer(char* data, size_t capacity) : data_(data), capacity_(capacity) {}

  // Takes as much of `bytes` as fits; returns how much that is.
  size_t Append(absl::string_view bytes);
  // Where what comes next may be put, and how much of that has been.
  absl::Span<char> free_space() { return {data_ + size_, room()}; }
  void Grow(size_t bytes) { size_ += bytes; }
  absl::string_view bytes() const { return {data_, size_}; }
  size_t size() const { return size_; }
  size_t room() const { return capacity_ - size_; }

 private:
  char* const data_;
  const size_t capacity_;
  size_t size_ = 0;
};

// Thread-safe. Buffers may outlive the pool.
class BufferPool {
 public:
  // `on_return` runs, on the thread that let a buffer go, after Take had none.
  // It must not block. Memory is taken as it is first needed.
  BufferPool(size_t count, size_t buffer_bytes,
             std::function<void()> on_return);
  // Afterwards `on_return` neither runs nor will run.
  ~BufferPool();

  // None when all are in use.
  std::shared_ptr<Buffer> Take();
  bool HasFree() const;

 private:
  class Store;
  const std::shared_ptr<Store> store_;
};

}  // namespace localstore::fetcher
