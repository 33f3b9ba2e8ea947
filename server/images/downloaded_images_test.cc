#include "server/images/downloaded_images.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::server {
namespace {

class DownloadedImagesTest : public ::testing::Test {
 protected:
  DownloadedImagesTest()
      : directory_(
            std::filesystem::path(::testing::TempDir()) /
            ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::create_directories(directory_ / "sub");
    images_ = *DownloadedImages::Open(directory_.string());
  }
  ~DownloadedImagesTest() override { std::filesystem::remove_all(directory_); }

  const std::filesystem::path directory_;
  std::unique_ptr<DownloadedImages> images_;
};

TEST_F(DownloadedImagesTest, DeletesAnImage) {
  std::ofstream(directory_ / "sub/disk") << "image";
  EXPECT_TRUE(images_->Delete("sub/disk").ok());
  EXPECT_FALSE(std::filesystem::exists(directory_ / "sub/disk"));
  EXPECT_TRUE(images_->Delete("sub/disk").ok());      // again
  EXPECT_TRUE(images_->Delete("nowhere/disk").ok());  // never was
}

TEST_F(DownloadedImagesTest, DeletesNothingElse) {
  std::ofstream(directory_.string() + ".precious") << "precious";
  std::filesystem::create_symlink(directory_.string() + ".precious",
                                  directory_ / "link");
  const std::string outside =
      "../" + directory_.filename().string() + ".precious";
  EXPECT_EQ(ReasonOf(images_->Delete(outside)),
            v1::ERROR_REASON_DESTINATION_INVALID);
  EXPECT_EQ(ReasonOf(images_->Delete("link")),
            v1::ERROR_REASON_DESTINATION_INVALID);
  EXPECT_EQ(ReasonOf(images_->Delete("sub")),
            v1::ERROR_REASON_DESTINATION_INVALID);
  EXPECT_TRUE(std::filesystem::exists(directory_.string() + ".precious"));
  std::filesystem::remove(directory_.string() + ".precious");
}

TEST_F(DownloadedImagesTest, TellsFreeSpace) {
  const auto free_bytes = images_->FreeBytes();
  ASSERT_TRUE(free_bytes.ok());
  EXPECT_GT(*free_bytes, 0);
}

TEST(DownloadedImagesOpenTest, NeedsADirectory) {
  EXPECT_EQ(ReasonOf(DownloadedImages::Open("/nowhere/at/all").status()),
            v1::ERROR_REASON_STORAGE_FAILED);
}

}  // namespace
}  // namespace localstore::server
