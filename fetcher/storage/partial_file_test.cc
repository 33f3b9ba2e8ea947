#include "fetcher/storage/partial_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "fetcher/pipeline/sha256.h"
#include "fetcher/testing/failing_calls.h"
#include "fetcher/testing/scratch_directory.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

class PartialFileTest : public ::testing::Test {
 protected:
  PartialFileTest() {
    auto directory = DownloadDirectory::Open(scratch_.path(), {});
    EXPECT_TRUE(directory.ok());
    directory_ = *std::move(directory);
  }

  FilePlace Place() {
    absl::StatusOr<FilePlace> place =
        directory_->Locate("image", /*create=*/false);
    EXPECT_TRUE(place.ok()) << place.status();
    return *std::move(place);
  }
  std::unique_ptr<PartialFile> Open() {
    absl::StatusOr<std::unique_ptr<PartialFile>> file =
        PartialFile::Open(Place());
    EXPECT_TRUE(file.ok()) << file.status();
    return file.ok() ? *std::move(file) : nullptr;
  }
  static ResumeRecord Record(int64_t durable) {
    ResumeRecord record;
    record.source = Sha256Hex("url");
    record.durable_bytes = durable;
    return record;
  }

  ScratchDirectory scratch_;
  std::unique_ptr<DownloadDirectory> directory_;
};

TEST_F(PartialFileTest, IsWrittenAndPutInPlace) {
  const auto file = Open();
  ASSERT_TRUE(file->WriteAt(0, "ima").ok());
  ASSERT_TRUE(file->WriteAt(3, "ge").ok());
  EXPECT_EQ(*file->Size(), 5);
  ASSERT_TRUE(file->SaveRecord(Record(5)).ok());
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_FALSE(scratch_.Exists("image"));
  ASSERT_TRUE(file->Commit(/*overwrite=*/false).ok());
  EXPECT_EQ(scratch_.Read("image"), "image");
  EXPECT_FALSE(scratch_.Exists("image.part"));
  EXPECT_FALSE(scratch_.Exists("image.part.resume"));
}

TEST_F(PartialFileTest, AlignedAndOtherWritesGoTogether) {
  const auto file = Open();
  const size_t size = 3 * PartialFile::kDirectAlignment + 123;
  char* const memory = static_cast<char*>(
      std::aligned_alloc(PartialFile::kDirectAlignment, 1 << 16));
  std::string expected;
  for (size_t i = 0; i < size; ++i) {
    memory[i] = static_cast<char>(i * 31);
    expected.push_back(memory[i]);
  }
  ASSERT_TRUE(file->WriteAt(0, {memory, size}).ok());
  EXPECT_EQ(*file->Size(), static_cast<int64_t>(size));
  EXPECT_EQ(scratch_.Read("image.part"), expected);
  // Over the end of what is there, from the last aligned offset.
  const int64_t at = 3 * PartialFile::kDirectAlignment;
  expected.resize(static_cast<size_t>(at));
  expected.append(memory, 2 * PartialFile::kDirectAlignment);
  ASSERT_TRUE(
      file->WriteAt(at, {memory, 2 * PartialFile::kDirectAlignment}).ok());
  EXPECT_EQ(scratch_.Read("image.part"), expected);
  std::string read(expected.size() + 10, '\0');
  const auto got = file->ReadAt(0, read.data(), read.size());
  ASSERT_TRUE(got.ok());
  read.resize(*got);
  EXPECT_EQ(read, expected);
  std::free(memory);
}

TEST_F(PartialFileTest, IsOpenedAsItWasLeft) {
  ASSERT_TRUE(Open()->WriteAt(0, "half").ok());
  EXPECT_EQ(*Open()->Size(), 4);
}

TEST_F(PartialFileTest, RecordsReplaceEachOther) {
  const auto file = Open();
  EXPECT_FALSE(file->LoadRecord().has_value());
  ASSERT_TRUE(file->SaveRecord(Record(1)).ok());
  ASSERT_TRUE(file->SaveRecord(Record(2)).ok());
  EXPECT_EQ(file->LoadRecord(), Record(2));
  EXPECT_FALSE(scratch_.Exists("image.part.resume.new"));
  ASSERT_TRUE(file->DropRecord().ok());
  EXPECT_FALSE(file->LoadRecord().has_value());
  EXPECT_TRUE(file->DropRecord().ok());
}

TEST_F(PartialFileTest, ARecordLeftHalfWrittenIsInNobodysWay) {
  scratch_.Write("image.part.resume.new", "half a rec");
  const auto file = Open();
  EXPECT_FALSE(file->LoadRecord().has_value());
  ASSERT_TRUE(file->SaveRecord(Record(1)).ok());
  EXPECT_EQ(file->LoadRecord(), Record(1));
}

TEST_F(PartialFileTest, ARecordThatIsALinkIsNotFollowed) {
  scratch_.Write("elsewhere", FormatResumeRecord(Record(1)));
  ASSERT_EQ(symlink("elsewhere", scratch_.Path("image.part.resume").c_str()),
            0);
  const auto file = Open();
  EXPECT_FALSE(file->LoadRecord().has_value());
  ASSERT_TRUE(file->SaveRecord(Record(2)).ok());
  EXPECT_EQ(scratch_.Read("elsewhere"), FormatResumeRecord(Record(1)));
}

// The image is delivered: that its record cannot be deleted takes nothing from
// it.
TEST_F(PartialFileTest, ARecordThatStaysDoesNotKeepTheFileFromItsPlace) {
  const auto file = Open();
  ASSERT_TRUE(file->WriteAt(0, "image").ok());
  ASSERT_TRUE(file->SaveRecord(Record(5)).ok());
  {
    const FailingCalls fail(FailingCalls::Call::kDelete, ".resume", EIO);
    EXPECT_TRUE(file->Commit(/*overwrite=*/false).ok());
  }
  EXPECT_EQ(ReasonOf(file->leftover()), v1::ERROR_REASON_STORAGE_FAILED);
  EXPECT_EQ(scratch_.Read("image"), "image");
  EXPECT_TRUE(scratch_.Exists("image.part.resume"));
  EXPECT_TRUE(PartialFile::DiscardAt(Place()).ok());
  EXPECT_FALSE(scratch_.Exists("image.part.resume"));
}

TEST_F(PartialFileTest, WhatIsThereIsNotReplacedUnlessAsked) {
  scratch_.Write("image", "precious");
  {
    const auto file = Open();
    ASSERT_TRUE(file->WriteAt(0, "image").ok());
    EXPECT_EQ(ReasonOf(file->Commit(/*overwrite=*/false)),
              v1::ERROR_REASON_DESTINATION_EXISTS);
    EXPECT_EQ(scratch_.Read("image"), "precious");
    EXPECT_EQ(scratch_.Read("image.part"), "image");
  }
  EXPECT_TRUE(Open()->Commit(/*overwrite=*/true).ok());
  EXPECT_EQ(scratch_.Read("image"), "image");
}

TEST_F(PartialFileTest, ALinkAtTheFinalNameIsReplacedNotFollowed) {
  scratch_.Write("elsewhere", "precious");
  ASSERT_EQ(symlink("elsewhere", scratch_.Path("image").c_str()), 0);
  const auto file = Open();
  ASSERT_TRUE(file->WriteAt(0, "image").ok());
  EXPECT_FALSE(file->Commit(/*overwrite=*/false).ok());
  EXPECT_TRUE(file->Commit(/*overwrite=*/true).ok());
  EXPECT_EQ(scratch_.Read("elsewhere"), "precious");
  EXPECT_EQ(scratch_.Read("image"), "image");
}

TEST_F(PartialFileTest, OneAtATime) {
  const auto file = Open();
  EXPECT_EQ(ReasonOf(PartialFile::Open(Place()).status()),
            v1::ERROR_REASON_STORAGE_FAILED);
}

TEST_F(PartialFileTest, AFolderThatTakesNoFileIsNotTakenForOneInUse) {
  FilePlace place = Place();
  ASSERT_EQ(rmdir(scratch_.path().c_str()), 0);
  const absl::Status status = PartialFile::Open(std::move(place)).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STORAGE_FAILED);
  EXPECT_EQ(MetadataOf(status, "cause"), "No such file or directory");
}

TEST_F(PartialFileTest, ALinkInItsPlaceIsReplacedNotFollowed) {
  scratch_.Write("elsewhere", "precious");
  ASSERT_EQ(symlink("elsewhere", scratch_.Path("image.part").c_str()), 0);
  ASSERT_TRUE(Open()->WriteAt(0, "x").ok());
  EXPECT_EQ(scratch_.Read("elsewhere"), "precious");
}

TEST_F(PartialFileTest, AFileWithAnotherNameIsReplacedNotWrittenTo) {
  scratch_.Write("elsewhere", "precious");
  ASSERT_EQ(link(scratch_.Path("elsewhere").c_str(),
                 scratch_.Path("image.part").c_str()),
            0);
  ASSERT_TRUE(Open()->WriteAt(0, "x").ok());
  EXPECT_EQ(scratch_.Read("elsewhere"), "precious");
}

TEST_F(PartialFileTest, AFifoInItsPlaceIsReplaced) {
  ASSERT_EQ(mkfifo(scratch_.Path("image.part").c_str(), 0600), 0);
  EXPECT_TRUE(Open()->WriteAt(0, "x").ok());
}

TEST_F(PartialFileTest, ADirectoryInItsPlaceIsAnError) {
  ASSERT_EQ(mkdir(scratch_.Path("image.part").c_str(), 0700), 0);
  EXPECT_EQ(ReasonOf(PartialFile::Open(Place()).status()),
            v1::ERROR_REASON_STORAGE_FAILED);
}

TEST_F(PartialFileTest, AFileExchangedBehindItsBackIsNotPutInPlace) {
  const auto file = Open();
  ASSERT_TRUE(file->WriteAt(0, "image").ok());
  ASSERT_EQ(unlink(scratch_.Path("image.part").c_str()), 0);
  scratch_.Write("image.part", "something else");
  EXPECT_EQ(ReasonOf(file->Commit(false)), v1::ERROR_REASON_STORAGE_FAILED);
  EXPECT_FALSE(scratch_.Exists("image"));
}

TEST_F(PartialFileTest, RoomIsReservedAndGivenBack) {
  const auto file = Open();
  ASSERT_TRUE(file->WriteAt(0, "image").ok());
  ASSERT_TRUE(file->Reserve(1 << 20).ok());
  EXPECT_EQ(*file->Size(), 5);
  ASSERT_TRUE(file->ReleaseReserve().ok());
  EXPECT_EQ(*file->Size(), 5);
  struct stat info = {};
  ASSERT_EQ(stat(scratch_.Path("image.part").c_str(), &info), 0);
  EXPECT_LT(info.st_blocks * 512, 1 << 20);
  EXPECT_EQ(scratch_.Read("image.part"), "image");
}

TEST_F(PartialFileTest, TooLittleRoomIsSeenBefore) {
  const absl::Status status = Open()->Reserve(int64_t{1} << 55);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_NO_SPACE);
  EXPECT_NE(MetadataOf(status, "free_bytes"), "");
}

TEST_F(PartialFileTest, DiscardLeavesNothing) {
  const auto file = Open();
  ASSERT_TRUE(file->WriteAt(0, "image").ok());
  ASSERT_TRUE(file->SaveRecord(Record(5)).ok());
  scratch_.Write("image.part.resume.new", "half a rec");
  ASSERT_TRUE(file->Discard().ok());
  EXPECT_FALSE(scratch_.Exists("image.part"));
  EXPECT_FALSE(scratch_.Exists("image.part.resume"));
  EXPECT_FALSE(scratch_.Exists("image.part.resume.new"));
  EXPECT_TRUE(PartialFile::DiscardAt(Place()).ok());
}

}  // namespace
}  // namespace localstore::fetcher
