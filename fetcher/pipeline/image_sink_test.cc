#include "fetcher/pipeline/image_sink.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/types/span.h"
#include "fetcher/testing/scratch_directory.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using Result = ImageSink::AppendResult;

constexpr size_t kBuffer = 16 << 10;

class ImageSinkTest : public ::testing::Test {
 protected:
  ImageSinkTest() {
    options_.buffer_bytes = kBuffer;
    options_.buffers = 4;
    options_.checkpoint_interval = absl::ZeroDuration();
  }

  // Opens what is there.
  void Open() {
    sink_ = nullptr;
    auto directory = DownloadDirectory::Open(scratch_.path(), {});
    ASSERT_TRUE(directory.ok());
    auto place = (*directory)->Locate("image", /*create=*/false);
    ASSERT_TRUE(place.ok());
    auto file = PartialFile::Open(*std::move(place));
    ASSERT_TRUE(file.ok()) << file.status();
    auto sink = ImageSink::Create(*std::move(file), options_, on_room_);
    ASSERT_TRUE(sink.ok());
    sink_ = *std::move(sink);
  }

  // Appends all of it, in pieces of `piece` bytes.
  void Append(absl::string_view bytes, size_t piece) {
    while (!bytes.empty()) {
      const absl::string_view next = bytes.substr(0, piece);
      const Result result = sink_->Append(next);
      ASSERT_NE(result, Result::kFailed) << sink_->status();
      if (result == Result::kFull) {
        ASSERT_TRUE(sink_->Drain().ok());
        continue;
      }
      bytes.remove_prefix(next.size());
    }
  }
  void ExpectHolds(const std::string& image) {
    ASSERT_TRUE(sink_->Drain().ok());
    EXPECT_EQ(sink_->position(), static_cast<int64_t>(image.size()));
    EXPECT_EQ(sink_->written(), sink_->position());
    EXPECT_EQ(sink_->HexDigest(), Sha256Hex(image));
    EXPECT_TRUE(scratch_.Read("image.part") == image);
  }
  static std::string Image(size_t size) {
    std::string image(size, '\0');
    for (size_t i = 0; i < size; ++i) {
      image[i] = static_cast<char>((i * 2654435761u) >> 13);
    }
    return image;
  }
  static ResumeRecord Record() {
    ResumeRecord record;
    record.source = Sha256Hex("url");
    record.etag = "\"1\"";
    return record;
  }
  absl::optional<ResumeRecord> SavedRecord() {
    return ParseResumeRecord(scratch_.Read("image.part.resume"));
  }

  ScratchDirectory scratch_;
  ImageSink::Options options_;
  std::function<void()> on_room_;
  std::unique_ptr<ImageSink> sink_;
};

TEST_F(ImageSinkTest, WritesAndHashes) {
  Open();
  for (const size_t size : {0, 1, 4095, 4096, 4097, 100'000, 1 << 20}) {
    sink_->Restart();
    Append(Image(size), 5000);
    ExpectHolds(Image(size));
  }
}

TEST_F(ImageSinkTest, MayBeDrainedAtAnyByte) {
  const std::string image = Image(200'000);
  Open();
  size_t at = 0;
  for (const size_t step : {1, 4094, 1, 1, 8191, 5000, 1, 16'384, 60'000, 7}) {
    Append(absl::string_view(image).substr(at, step), 3000);
    at += step;
    ExpectHolds(image.substr(0, at));
  }
  Append(absl::string_view(image).substr(at), 8000);
  ExpectHolds(image);
}

TEST_F(ImageSinkTest, TakesWhatIsPutInItsRoom) {
  const std::string image = Image(300'000);
  Open();
  size_t at = 0;
  while (at < image.size()) {
    const absl::Span<char> room = sink_->Room();
    if (room.empty()) {
      ASSERT_TRUE(sink_->Drain().ok());
      continue;
    }
    const size_t size =
        std::min({room.size(), size_t{7001}, image.size() - at});
    image.copy(room.data(), size, at);
    sink_->Filled(size);
    at += size;
    // The two ways may take turns.
    if (at % 3 == 0 && at + 1 < image.size()) {
      Append(absl::string_view(image).substr(at, 1), 1);
      ++at;
    }
  }
  ExpectHolds(image);
}

TEST_F(ImageSinkTest, RoomThatIsNotFilledChangesNothing) {
  const std::string image = Image(5000);
  Open();
  Append(image, 5000);
  ASSERT_TRUE(sink_->Drain().ok());
  EXPECT_FALSE(sink_->Room().empty());
  ExpectHolds(image);
  EXPECT_FALSE(sink_->Room().empty());
  sink_->Restart();
  ExpectHolds("");
}

TEST_F(ImageSinkTest, GoesOnFromAnyByteOfWhatIsThere) {
  const std::string image = Image(100'000);
  for (const size_t held : {1, 4095, 4096, 4097, 50'000, 100'000}) {
    scratch_.Write("image.part", image.substr(0, held) + "not durable");
    Open();
    Cancellation never;
    ASSERT_TRUE(sink_->AdoptPrefix(static_cast<int64_t>(held), never).ok());
    EXPECT_EQ(sink_->position(), static_cast<int64_t>(held));
    Append(absl::string_view(image).substr(held), 3000);
    ExpectHolds(image);
  }
}

TEST_F(ImageSinkTest, APrefixIsNotReadOnceCancelled) {
  scratch_.Write("image.part", Image(100'000));
  Open();
  Cancellation cancelled;
  cancelled.Request(absl::CancelledError("stop"));
  EXPECT_EQ(sink_->AdoptPrefix(100'000, cancelled),
            absl::CancelledError("stop"));
  EXPECT_EQ(scratch_.Read("image.part").size(), 100'000);
}

TEST_F(ImageSinkTest, SaysWhenThereIsRoomAgain) {
  absl::Notification room;
  on_room_ = [&] {
    if (!room.HasBeenNotified()) room.Notify();
  };
  Open();
  const std::string piece = Image(kBuffer / 2);
  Result result = Result::kTaken;
  int taken = -1;
  while (result == Result::kTaken && taken < 1'000'000) {
    result = sink_->Append(piece);
    ++taken;
  }
  ASSERT_EQ(result, Result::kFull);
  room.WaitForNotification();
  EXPECT_TRUE(sink_->HasRoom());
  ASSERT_TRUE(sink_->Drain().ok());
  EXPECT_EQ(sink_->position(), taken * static_cast<int64_t>(piece.size()));
  on_room_ = nullptr;
  sink_ = nullptr;
}

TEST_F(ImageSinkTest, RecordsWhatIsDurable) {
  Open();
  sink_->Describe(Record());
  Append(Image(100'000), 5000);
  ASSERT_TRUE(sink_->Checkpoint().ok());
  const auto saved = SavedRecord();
  ASSERT_TRUE(saved.has_value());
  EXPECT_EQ(saved->durable_bytes, 100'000);
  EXPECT_EQ(saved->durable_sha256, Sha256Hex(Image(100'000)));
  EXPECT_EQ(saved->etag, "\"1\"");
}

TEST_F(ImageSinkTest, RecordsOnTheWay) {
  Open();
  sink_->Describe(Record());
  Append(Image(1 << 20), 5000);
  ASSERT_TRUE(sink_->Sync().ok());
  const auto saved = SavedRecord();
  ASSERT_TRUE(saved.has_value());
  EXPECT_GT(saved->durable_bytes, 0);
  EXPECT_LE(saved->durable_bytes, 1 << 20);
  const auto size = static_cast<size_t>(saved->durable_bytes);
  EXPECT_EQ(saved->durable_sha256, Sha256Hex(Image(1 << 20).substr(0, size)));
}

// Time never comes: the first record is due soon, the later ones ever later, up
// to a bound.
TEST_F(ImageSinkTest, RecordsAfterSoManyBytes) {
  options_.checkpoint_interval = absl::Hours(1);
  options_.first_checkpoint_bytes = 4 * kBuffer;
  options_.max_checkpoint_bytes = 8 * kBuffer;
  Open();
  sink_->Describe(Record());
  size_t written = 0;
  for (const size_t until : {4, 12, 20}) {
    Append(Image(until * kBuffer - written), kBuffer / 2);
    written = until * kBuffer;
    ASSERT_TRUE(sink_->Sync().ok());
    const auto saved = SavedRecord();
    ASSERT_TRUE(saved.has_value());
    EXPECT_EQ(saved->durable_bytes, static_cast<int64_t>(written));
  }
  Append(Image(7 * kBuffer), kBuffer / 2);
  ASSERT_TRUE(sink_->Sync().ok());
  EXPECT_EQ(SavedRecord()->durable_bytes, static_cast<int64_t>(written));
}

TEST_F(ImageSinkTest, WithoutADescriptionThereIsNoRecord) {
  Open();
  Append(Image(100'000), 5000);
  ASSERT_TRUE(sink_->Checkpoint().ok());
  EXPECT_FALSE(scratch_.Exists("image.part.resume"));
}

TEST_F(ImageSinkTest, BeginningAnewForgetsTheRecordFirst) {
  Open();
  sink_->Describe(Record());
  Append(Image(100'000), 5000);
  ASSERT_TRUE(sink_->Checkpoint().ok());
  sink_->Restart();
  EXPECT_EQ(sink_->position(), 0);
  Append("image", 5);
  ExpectHolds("image");
  EXPECT_FALSE(scratch_.Exists("image.part.resume"));
}

TEST_F(ImageSinkTest, WhatStandsInABufferIsHandedOnAfterAWhile) {
  Open();
  sink_->Describe(Record());
  Append("half a buffer", 13);
  sink_->Tick();
  // Not drained: only the tick has handed it on.
  for (int i = 0; i < 1'000'000 && sink_->status().ok(); ++i) {
    if (scratch_.Read("image.part") == "half a buffer") break;
  }
  EXPECT_EQ(scratch_.Read("image.part"), "half a buffer");
  Append(" and the rest", 13);
  ExpectHolds("half a buffer and the rest");
}

TEST_F(ImageSinkTest, NoRoomStopsIt) {
  Open();
  sink_->Reserve(int64_t{1} << 55);
  EXPECT_EQ(ReasonOf(sink_->Drain()), v1::ERROR_REASON_NO_SPACE);
  EXPECT_EQ(sink_->Append("x"), Result::kFailed);
  EXPECT_EQ(ReasonOf(sink_->Sync()), v1::ERROR_REASON_NO_SPACE);
  EXPECT_EQ(sink_->written(), 0);
}

TEST_F(ImageSinkTest, AFailedWriteIsReported) {
  // A limit on file sizes stands in for a broken disk.
  (void)signal(SIGXFSZ, SIG_IGN);
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  Open();
  rlimit small = before;
  small.rlim_cur = 4 * kBuffer;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string piece = Image(kBuffer / 2);
  for (int i = 0; i < 100; ++i) {
    if (sink_->Append(piece) == Result::kFull) (void)sink_->Drain();
  }
  const absl::Status status = sink_->Drain();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STORAGE_FAILED);
  EXPECT_EQ(ReasonOf(sink_->Sync()), v1::ERROR_REASON_STORAGE_FAILED);
  EXPECT_LE(sink_->written(), static_cast<int64_t>(4 * kBuffer));
}

}  // namespace
}  // namespace localstore::fetcher
