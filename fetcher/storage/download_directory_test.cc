#include "fetcher/storage/download_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "fetcher/testing/scratch_directory.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

// With and without openat2(2): the outcome must be the same.
class DownloadDirectoryTest : public ::testing::TestWithParam<bool> {
 protected:
  DownloadDirectoryTest() {
    DownloadDirectory::Options options;
    options.use_openat2 = GetParam();
    auto directory = DownloadDirectory::Open(scratch_.path(), options);
    EXPECT_TRUE(directory.ok()) << directory.status();
    directory_ = *std::move(directory);
  }

  absl::StatusOr<FilePlace> Locate(const std::string& destination) {
    return directory_->Locate(destination, /*create=*/true);
  }
  void ExpectInvalid(const std::string& destination) {
    EXPECT_EQ(ReasonOf(Locate(destination).status()),
              v1::ERROR_REASON_DESTINATION_INVALID)
        << destination;
  }

  ScratchDirectory scratch_;
  std::unique_ptr<DownloadDirectory> directory_;
};

INSTANTIATE_TEST_SUITE_P(Openat2, DownloadDirectoryTest, ::testing::Bool());

TEST_P(DownloadDirectoryTest, AFileInIt) {
  const absl::StatusOr<FilePlace> place = Locate("image");
  ASSERT_TRUE(place.ok()) << place.status();
  EXPECT_EQ(place->name, "image");
  const UniqueFd file(
      openat(place->directory.get(), "image", O_CREAT | O_WRONLY, 0600));
  EXPECT_TRUE(scratch_.Exists("image"));
}

TEST_P(DownloadDirectoryTest, DirectoriesAreMade) {
  const absl::StatusOr<FilePlace> place = Locate("a/b/c/image");
  ASSERT_TRUE(place.ok()) << place.status();
  EXPECT_EQ(place->name, "image");
  EXPECT_TRUE(scratch_.Exists("a/b/c"));
  EXPECT_TRUE(Locate("a/b/c/another").ok());
  EXPECT_TRUE(Locate("a/b/d/image").ok());
}

TEST_P(DownloadDirectoryTest, DirectoriesAreNotMadeUnlessAsked) {
  EXPECT_TRUE(
      absl::IsNotFound(directory_->Locate("a/b/image", false).status()));
  EXPECT_FALSE(scratch_.Exists("a"));
}

TEST_P(DownloadDirectoryTest, WhatIsNoRelativePathOfNames) {
  for (const char* destination :
       {"", "/", "/etc/passwd", "..", "../image", "a/../image", "a/..", ".",
        "./image", "a/./image", "a//image", "image/", "a/", "a\nb", "\x7f"}) {
    ExpectInvalid(destination);
  }
  ExpectInvalid(std::string("a\0b", 3));
  ExpectInvalid(std::string(244, 'x'));
  EXPECT_TRUE(Locate(std::string(238, 'x')).ok());
  ExpectInvalid(absl::StrCat(std::string(256, 'x'), "/image"));
  std::string deep = "x";
  while (deep.size() <= 4096) deep += "/x";
  ExpectInvalid(deep);
}

TEST_P(DownloadDirectoryTest, TheFilesBesideImagesAreNoImages) {
  for (const char* destination :
       {"image.part", "image.part.resume", "image.part.resume.new", ".part"}) {
    ExpectInvalid(destination);
  }
  EXPECT_TRUE(Locate("image.partial").ok());
  EXPECT_TRUE(Locate("image.part/image").ok());
}

TEST_P(DownloadDirectoryTest, LinksAreNotFollowed) {
  ScratchDirectory outside;
  ASSERT_EQ(symlink(outside.path().c_str(), scratch_.Path("out").c_str()), 0);
  ASSERT_EQ(symlink(".", scratch_.Path("self").c_str()), 0);
  ASSERT_EQ(mkdir(scratch_.Path("a").c_str(), 0700), 0);
  ASSERT_EQ(symlink(outside.path().c_str(), scratch_.Path("a/out").c_str()), 0);
  ASSERT_EQ(symlink("/proc/self/root", scratch_.Path("magic").c_str()), 0);
  for (const char* destination :
       {"out/image", "out/b/image", "self/image", "a/out/image",
        "a/out/b/image", "magic/image", "magic/tmp/image"}) {
    ExpectInvalid(destination);
  }
  EXPECT_FALSE(outside.Exists("image"));
  EXPECT_FALSE(outside.Exists("b"));
}

TEST_P(DownloadDirectoryTest, AFileIsNoDirectory) {
  scratch_.Write("file", "x");
  ExpectInvalid("file/image");
  ExpectInvalid("file/a/image");
}

TEST_P(DownloadDirectoryTest, APlaceStaysWhereItWas) {
  const absl::StatusOr<FilePlace> place = Locate("a/image");
  ASSERT_TRUE(place.ok());
  ScratchDirectory outside;
  ASSERT_EQ(rename(scratch_.Path("a").c_str(), scratch_.Path("b").c_str()), 0);
  ASSERT_EQ(symlink(outside.path().c_str(), scratch_.Path("a").c_str()), 0);
  const UniqueFd file(openat(place->directory.get(), place->name.c_str(),
                             O_CREAT | O_WRONLY, 0600));
  EXPECT_TRUE(scratch_.Exists("b/image"));
  EXPECT_FALSE(outside.Exists("image"));
}

TEST_P(DownloadDirectoryTest, ExistingFiles) {
  scratch_.Write("image", "x");
  absl::StatusOr<FilePlace> place = Locate("image");
  ASSERT_TRUE(place.ok());
  EXPECT_TRUE(OpenExistingFile(*place)->valid());
  place = Locate("missing");
  ASSERT_TRUE(place.ok());
  EXPECT_FALSE(OpenExistingFile(*place)->valid());
}

TEST_P(DownloadDirectoryTest, WhatIsNoPlainFileIsNoDestination) {
  scratch_.Write("image", "x");
  ASSERT_EQ(symlink("image", scratch_.Path("link").c_str()), 0);
  ASSERT_EQ(symlink("nowhere", scratch_.Path("dangling").c_str()), 0);
  ASSERT_EQ(mkfifo(scratch_.Path("fifo").c_str(), 0600), 0);
  ASSERT_EQ(mkdir(scratch_.Path("directory").c_str(), 0700), 0);
  for (const char* name : {"link", "dangling", "fifo", "directory"}) {
    const absl::StatusOr<FilePlace> place = Locate(name);
    ASSERT_TRUE(place.ok()) << name;
    EXPECT_EQ(ReasonOf(OpenExistingFile(*place).status()),
              v1::ERROR_REASON_DESTINATION_INVALID)
        << name;
  }
}

TEST(DownloadDirectoryOpenTest, ItMustBeADirectory) {
  ScratchDirectory scratch;
  scratch.Write("file", "x");
  for (const char* name : {"missing", "file"}) {
    EXPECT_EQ(
        ReasonOf(DownloadDirectory::Open(scratch.Path(name), {}).status()),
        v1::ERROR_REASON_STORAGE_FAILED);
  }
}

}  // namespace
}  // namespace localstore::fetcher
