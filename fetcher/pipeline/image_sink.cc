#include "fetcher/pipeline/image_sink.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "fetcher/monotonic_clock.h"

namespace localstore::fetcher {
namespace {

constexpr size_t kReadBytes = 1 << 20;

}  // namespace

absl::StatusOr<std::unique_ptr<ImageSink>> ImageSink::Create(
    std::unique_ptr<PartialFile> file, Options options,
    std::function<void()> on_room) {
  std::unique_ptr<ImageSink> sink(
      new ImageSink(std::move(file), options, std::move(on_room)));
  struct Role {
    const char* name;
    std::unique_ptr<WorkerThread>& thread;
  };
  for (const Role& role : {Role{"image-sync", sink->checkpointer_},
                           Role{"image-write", sink->writer_},
                           Role{"image-hash", sink->hasher_}}) {
    absl::StatusOr<std::unique_ptr<WorkerThread>> thread =
        WorkerThread::Start(role.name);
    if (!thread.ok()) return thread.status();
    role.thread = *std::move(thread);
  }
  return sink;
}

ImageSink::ImageSink(std::unique_ptr<PartialFile> file, Options options,
                     std::function<void()> on_room)
    : file_(std::move(file)),
      options_(options),
      last_checkpoint_(MonotonicNow()),
      checkpoint_bytes_(options.first_checkpoint_bytes),
      pool_(options.buffers, options.buffer_bytes, std::move(on_room)) {}

ImageSink::~ImageSink() = default;

ImageSink::AppendResult ImageSink::Append(absl::string_view bytes) {
  if (failed()) return AppendResult::kFailed;
  // All or nothing, so a second buffer must be at hand when one is not enough.
  std::shared_ptr<Buffer> next;
  if (filling_ == nullptr || filling_->room() < bytes.size()) {
    next = pool_.Take();
    if (next == nullptr) return AppendResult::kFull;
  }
  if (filling_ != nullptr) AppendToFilling(bytes);
  if (next != nullptr) {
    Fill(std::move(next));
    AppendToFilling(bytes);
  }
  return AppendResult::kTaken;
}

void ImageSink::AppendToFilling(absl::string_view& bytes) {
  const size_t taken = filling_->Append(bytes);
  position_ += static_cast<int64_t>(taken);
  bytes.remove_prefix(taken);
  if (filling_->room() == 0) HandOver();
}

absl::Span<char> ImageSink::Room() {
  if (failed()) return {};
  if (filling_ == nullptr) {
    std::shared_ptr<Buffer> next = pool_.Take();
    if (next == nullptr) return {};
    Fill(std::move(next));
  }
  return filling_->free_space();
}

void ImageSink::Filled(size_t bytes) {
  filling_->Grow(bytes);
  position_ += static_cast<int64_t>(bytes);
  if (filling_->room() == 0) HandOver();
}

void ImageSink::Fill(std::shared_ptr<Buffer> buffer) {
  filling_ = std::move(buffer);
  filling_since_ = MonotonicNow();
  filling_->Append(carried_);
  carried_in_filling_ = carried_.size();
  carried_.clear();
}

void ImageSink::Tick() {
  if (filling_ != nullptr &&
      MonotonicNow() - filling_since_ >= options_.checkpoint_interval) {
    HandOver();
  }
}

void ImageSink::HandOver() {
  if (filling_ == nullptr) return;
  const std::shared_ptr<const Buffer> buffer = std::move(filling_);
  filling_ = nullptr;
  const absl::string_view bytes = buffer->bytes();
  const int64_t offset = position_ - static_cast<int64_t>(bytes.size());
  Carry(bytes);
  // The writer first: what the hasher hands on to it comes behind.
  writer_->Post([this, buffer, offset] { Write(offset, buffer->bytes()); });
  hasher_->Post([this, buffer, known = carried_in_filling_, end = position_] {
    Hash(buffer->bytes().substr(known), end);
  });
}

void ImageSink::Carry(absl::string_view last_bytes) {
  const size_t size =
      static_cast<size_t>(position_) % PartialFile::kDirectAlignment;
  carried_ = std::string(last_bytes.substr(last_bytes.size() - size));
}

void ImageSink::Write(int64_t offset, absl::string_view bytes) {
  if (failed()) return;
  absl::Status status = file_->WriteAt(offset, bytes);
  if (!status.ok()) return Fail(std::move(status));
  written_ = offset + static_cast<int64_t>(bytes.size());
  MaybeStartWriteback();
}

void ImageSink::MaybeStartWriteback() {
  const int64_t size = written_ - writeback_begun_;
  if (size < options_.writeback_bytes) return;
  file_->StartWriteback(writeback_begun_, size);
  writeback_begun_ = written_;
}

void ImageSink::Hash(absl::string_view bytes, int64_t end) {
  hash_.Update(bytes);
  hashed_ = end;
  MaybeCheckpoint();
}

void ImageSink::MaybeCheckpoint() {
  if (checkpointing_.load(std::memory_order_acquire)) return;
  const absl::Time now = MonotonicNow();
  const bool enough = hashed_ - checkpointed_ >= checkpoint_bytes_;
  if (!enough && now - last_checkpoint_ < options_.checkpoint_interval) return;
  if (enough) {
    checkpoint_bytes_ =
        std::min(2 * checkpoint_bytes_, options_.max_checkpoint_bytes);
  }
  last_checkpoint_ = now;
  checkpointed_ = hashed_;
  PostCheckpoint();
}

void ImageSink::PostCheckpoint() {
  checkpointing_.store(true, std::memory_order_release);
  writer_->Post(
      [this, image = hashed_image_, size = hashed_,
       sha256 = hash_.HexDigest()] { StartCheckpoint(image, size, sha256); });
}

void ImageSink::StartCheckpoint(uint64_t image, int64_t size,
                                std::string sha256) {
  // The image may have been begun anew since it was hashed.
  if (!has_record_ || failed() || image != written_image_ || size > written_) {
    checkpointing_.store(false, std::memory_order_release);
    return;
  }
  ResumeRecord record = record_;
  record.durable_bytes = size;
  record.durable_sha256 = std::move(sha256);
  checkpointer_->Post(
      [this, record = std::move(record)] { WriteCheckpoint(record); });
}

void ImageSink::WriteCheckpoint(const ResumeRecord& record) {
  // The order is the promise: the data, then the record of it.
  absl::Status status = file_->Sync();
  if (status.ok()) status = file_->SaveRecord(record);
  checkpointing_.store(false, std::memory_order_release);
  if (!status.ok()) Fail(std::move(status));
}

void ImageSink::Restart() {
  filling_ = nullptr;
  carried_.clear();
  position_ = 0;
  const uint64_t image = ++image_;
  hasher_->Post([this, image] {
    hash_.Reset();
    hashed_ = checkpointed_ = 0;
    hashed_image_ = image;
    checkpoint_bytes_ = options_.first_checkpoint_bytes;
  });
  writer_->Post([this, image] {
    if (failed()) return;
    checkpointer_->WaitIdle();
    has_record_ = false;
    written_ = writeback_begun_ = 0;
    written_image_ = image;
    absl::Status status = file_->DropRecord();
    if (status.ok()) status = file_->Truncate(0);
    if (!status.ok()) Fail(std::move(status));
  });
}

void ImageSink::Describe(const ResumeRecord& record) {
  writer_->Post([this, record] {
    has_record_ = true;
    record_ = record;
  });
}

void ImageSink::Reserve(int64_t total) {
  writer_->Post([this, total] {
    if (failed()) return;
    absl::Status status = file_->Reserve(total);
    if (!status.ok()) Fail(std::move(status));
  });
}

absl::Status ImageSink::AdoptPrefix(int64_t size,
                                    const Cancellation& cancellation) {
  hash_.Reset();
  absl::Status status = file_->Truncate(size);
  std::vector<char> chunk(kReadBytes);
  absl::string_view last;
  int64_t at = 0;
  while (status.ok() && at < size) {
    status = cancellation.status();
    if (!status.ok()) break;
    const absl::StatusOr<size_t> got =
        file_->ReadAt(at, chunk.data(),
                      static_cast<size_t>(std::min<int64_t>(
                          size - at, static_cast<int64_t>(chunk.size()))));
    status = got.status();
    // Shorter than its size says: only another program can have done that.
    if (!status.ok() || *got == 0) break;
    last = absl::string_view(chunk.data(), *got);
    hash_.Update(last);
    at += static_cast<int64_t>(*got);
  }
  position_ = hashed_ = written_ = writeback_begun_ = checkpointed_ = at;
  Carry(last);
  return status;
}

absl::Status ImageSink::Drain() {
  HandOver();
  // In this order, for the one hands things on to the other.
  hasher_->WaitIdle();
  writer_->WaitIdle();
  return status();
}

void ImageSink::CheckpointSoon() {
  HandOver();
  hasher_->Post([this] { PostCheckpoint(); });
}

absl::Status ImageSink::Checkpoint() {
  CheckpointSoon();
  absl::Status drained = Drain();
  checkpointer_->WaitIdle();
  return drained.ok() ? status() : drained;
}

absl::Status ImageSink::Sync() {
  absl::Status drained = Drain();
  if (!drained.ok()) return drained;
  checkpointer_->WaitIdle();
  absl::Status status = this->status();
  return status.ok() ? file_->Sync() : status;
}

void ImageSink::Fail(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  if (status_.ok()) status_ = std::move(status);
  failed_.store(true, std::memory_order_release);
}

absl::Status ImageSink::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

}  // namespace localstore::fetcher
