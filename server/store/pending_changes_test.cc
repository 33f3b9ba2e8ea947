#include "server/store/pending_changes.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kPatience = absl::Seconds(3);

v1::Download At(int64_t bytes, int attempt = 0) {
  v1::Download download;
  download.set_received_bytes(bytes);
  download.set_attempt(attempt);
  return download;
}

class PendingChangesTest : public ::testing::Test {
 protected:
  // Each result is kept.
  void Flush() {
    pending_->Flush(kPatience, [this](const absl::Status& status) {
      flushed_.push_back(status);
    });
  }

  FakeTimer timer_;
  const std::shared_ptr<PendingChanges> pending_ =
      PendingChanges::Create(&timer_);
  std::vector<absl::Status> flushed_;
};

TEST_F(PendingChangesTest, OfEachJobTheNewestAndOfEachAttemptItsLast) {
  pending_->Update(1, At(1, 1));
  pending_->Update(1, At(2, 1));
  pending_->Update(1, At(3, 2));
  pending_->Update(2, At(7));
  const PendingChanges::Batch batch = pending_->Take();
  ASSERT_THAT(batch.changes, SizeIs(2));
  EXPECT_EQ(batch.changes.at(1).download.received_bytes(), 3);
  EXPECT_EQ(batch.changes.at(1).attempts.at(1).received_bytes(), 2);
  EXPECT_EQ(batch.changes.at(1).attempts.at(2).received_bytes(), 3);
  EXPECT_THAT(batch.changes.at(2).attempts, IsEmpty());
  EXPECT_FALSE(batch.last);
}

TEST_F(PendingChangesTest, FlushIsAnsweredWhenItsBatchIsWritten) {
  pending_->Update(1, At(1));
  Flush();
  PendingChanges::Batch batch = pending_->Take();
  Flush();  // comes too late for this one
  pending_->Settle(std::move(batch), absl::OkStatus());
  ASSERT_THAT(flushed_, SizeIs(1));
  EXPECT_TRUE(flushed_[0].ok());
  pending_->Settle(pending_->Take(), absl::OkStatus());
  EXPECT_THAT(flushed_, SizeIs(2));
  timer_.Advance(kPatience);
  EXPECT_THAT(flushed_, SizeIs(2)) << "each is answered once";
}

TEST_F(PendingChangesTest, FlushIsToldWhyItsBatchIsNotWritten) {
  pending_->Update(1, At(1, 1));
  Flush();
  pending_->Settle(pending_->Take(),
                   MakeError(v1::ERROR_REASON_NO_SPACE, "full"));
  ASSERT_THAT(flushed_, SizeIs(1));
  EXPECT_EQ(ReasonOf(flushed_[0]), v1::ERROR_REASON_NO_SPACE);
  // It is not lost, and what is newer counts.
  pending_->Update(1, At(9, 2));
  Flush();
  const PendingChanges::Batch again = pending_->Take();
  EXPECT_EQ(again.changes.at(1).download.received_bytes(), 9);
  EXPECT_THAT(again.changes.at(1).attempts, SizeIs(2));
}

TEST_F(PendingChangesTest, FlushGivesUpOnADiskThatDoesNotAnswer) {
  pending_->Update(1, At(1));
  Flush();
  PendingChanges::Batch batch = pending_->Take();
  timer_.Advance(kPatience - absl::Milliseconds(1));
  EXPECT_THAT(flushed_, IsEmpty());
  timer_.Advance(absl::Milliseconds(1));
  ASSERT_THAT(flushed_, SizeIs(1));
  EXPECT_EQ(ReasonOf(flushed_[0]), v1::ERROR_REASON_STORAGE_FAILED);
  EXPECT_THAT(std::string(flushed_[0].message()), HasSubstr("within 3s"));
  pending_->Settle(std::move(batch), absl::OkStatus());
  EXPECT_THAT(flushed_, SizeIs(1));
}

// Whatever is done to the time of day.
TEST_F(PendingChangesTest, WhatFailedIsTriedAgainByTheTimer) {
  pending_->Update(1, At(1));
  pending_->Settle(pending_->Take(),
                   MakeError(v1::ERROR_REASON_NO_SPACE, "full"));
  EXPECT_EQ(timer_.pending(), 1);
  absl::Notification taken;
  std::thread writer([&] {
    EXPECT_THAT(pending_->Take().changes, SizeIs(1));
    taken.Notify();
  });
  EXPECT_FALSE(taken.HasBeenNotified());
  timer_.Advance(PendingChanges::kRetryInterval);
  taken.WaitForNotification();
  writer.join();
}

TEST_F(PendingChangesTest, FailuresInARowAreOneRetry) {
  for (int i = 0; i < 10; ++i) {
    pending_->Update(1, At(i));
    Flush();
    pending_->Settle(pending_->Take(),
                     MakeError(v1::ERROR_REASON_NO_SPACE, "full"));
  }
  EXPECT_EQ(timer_.pending(), 1);
}

TEST_F(PendingChangesTest, WhatIsRemovedStaysRemoved) {
  pending_->Update(1, At(1, 1));
  pending_->Remove(1);
  pending_->Update(1, At(2, 1));
  PendingChanges::Batch batch = pending_->Take();
  EXPECT_TRUE(batch.changes.at(1).remove);
  EXPECT_THAT(batch.changes.at(1).attempts, IsEmpty());
  pending_->Settle(std::move(batch),
                   MakeError(v1::ERROR_REASON_NO_SPACE, "full"));
  Flush();
  EXPECT_TRUE(pending_->Take().changes.at(1).remove);
}

TEST_F(PendingChangesTest, ARemovalThatFailedIsNotOvertakenByAnUpdate) {
  pending_->Update(1, At(1, 1));
  pending_->Remove(1);
  PendingChanges::Batch batch = pending_->Take();
  pending_->Update(1, At(2, 1));
  pending_->Settle(std::move(batch),
                   MakeError(v1::ERROR_REASON_NO_SPACE, "full"));
  Flush();
  EXPECT_TRUE(pending_->Take().changes.at(1).remove);
}

TEST_F(PendingChangesTest, TheLastBatchHasWhatIsLeft) {
  pending_->Update(1, At(1));
  Flush();
  pending_->Stop();
  PendingChanges::Batch batch = pending_->Take();
  EXPECT_TRUE(batch.last);
  EXPECT_THAT(batch.changes, SizeIs(1));
  pending_->Settle(std::move(batch), absl::OkStatus());
  EXPECT_THAT(flushed_, SizeIs(1));
}

}  // namespace
}  // namespace localstore::server
