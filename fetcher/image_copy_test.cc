// An image that is in the download directory already, under another name.
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "fetcher/image_fetcher.h"
#include "fetcher/pipeline/sha256.h"
#include "fetcher/testing/fetch_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Request = ScriptedHttpServer::Request;
using Connection = ScriptedHttpServer::Connection;

class ImageCopyTest : public FetchTest {
 protected:
  ImageCopyTest() : image_(TestImage((3 << 20) + 12345)) {
    Serve([this](const Request&, Connection& connection) {
      connection.Send(HttpOk(image_));
    });
  }

  FetchRequest CopyOf(const std::string& destination) const {
    FetchRequest request = RequestFor(image_);
    request.local_copies = {destination};
    return request;
  }

  // The source was asked, and nothing is left beside the image.
  void ExpectFetched(const FetchRequest& request) {
    const absl::StatusOr<FetchResult> result = Fetch(request);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_TRUE(result->transferred);
    EXPECT_EQ(result->copied_from, "");
    EXPECT_EQ(server_->requests().size(), 1u);
    EXPECT_EQ(Read("image"), image_);
    EXPECT_FALSE(Exists("image.part"));
  }

  const std::string image_;
};

TEST_F(ImageCopyTest, IsCopiedAndVerified) {
  Write("other", image_);
  const absl::StatusOr<FetchResult> result = Fetch(CopyOf("other"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->transferred);
  EXPECT_EQ(result->copied_from, "other");
  EXPECT_EQ(result->sha256, Sha256Hex(image_));
  EXPECT_EQ(result->size_bytes, static_cast<int64_t>(image_.size()));
  EXPECT_EQ(Read("image"), image_);
  EXPECT_FALSE(Exists("image.part"));
  EXPECT_THAT(server_->requests(), IsEmpty());
  EXPECT_THAT(observer_.events(), ElementsAre("verifying"));
  struct stat copy = {};
  struct stat other = {};
  ASSERT_EQ(stat(Path("image").c_str(), &copy), 0);
  ASSERT_EQ(stat(Path("other").c_str(), &other), 0);
  EXPECT_NE(copy.st_ino, other.st_ino);  // a file of its own
}

TEST_F(ImageCopyTest, AnEmptyImageIsCopiedToo) {
  Write("other", "");
  FetchRequest request = RequestFor("");
  request.sha256 = Sha256Hex("");
  request.local_copies = {"other"};
  const absl::StatusOr<FetchResult> result = Fetch(request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->copied_from, "other");
  EXPECT_TRUE(Exists("image"));
}

TEST_F(ImageCopyTest, WhatHasAnotherContentIsNotBelieved) {
  std::string changed = image_;
  changed.back() ^= 1;
  Write("other", changed);
  ExpectFetched(CopyOf("other"));
}

TEST_F(ImageCopyTest, TheFirstThatHasItCounts) {
  Write("wrong", "wrong");
  Write("right", image_);
  FetchRequest request = CopyOf("missing");
  request.local_copies.insert(request.local_copies.end(), {"wrong", "right"});
  const absl::StatusOr<FetchResult> result = Fetch(request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->copied_from, "right");
}

TEST_F(ImageCopyTest, WhatIsOutsideOrNoFileIsLeftAlone) {
  Write("other", image_);
  ASSERT_EQ(symlink(Path("other").c_str(), Path("link").c_str()), 0);
  ASSERT_EQ(mkdir(Path("folder").c_str(), 0700), 0);
  FetchRequest request = CopyOf("link");
  request.local_copies.insert(request.local_copies.end(),
                              {"folder", "../other", "/etc/passwd", ""});
  ExpectFetched(request);
}

TEST_F(ImageCopyTest, WithoutADigestNothingIsCopied) {
  Write("other", image_);
  FetchRequest request = CopyOf("other");
  request.sha256.clear();
  ExpectFetched(request);
}

TEST_F(ImageCopyTest, WhatIsTooLargeIsRefusedAsWhenFetched) {
  Write("other", image_);
  FetchRequest request = CopyOf("other");
  request.max_size_bytes = 1000;
  EXPECT_EQ(ReasonOf(Fetch(request).status()), v1::ERROR_REASON_TOO_LARGE);
  EXPECT_FALSE(Exists("image"));
}

TEST_F(ImageCopyTest, ReplacesAnotherFileOnlyIfAskedTo) {
  Write("other", image_);
  Write("image", "mine");
  FetchRequest request = CopyOf("other");
  EXPECT_EQ(ReasonOf(Fetch(request).status()),
            v1::ERROR_REASON_DESTINATION_EXISTS);
  EXPECT_EQ(Read("image"), "mine");
  request.overwrite = true;
  ASSERT_TRUE(Fetch(request).ok());
  EXPECT_EQ(Read("image"), image_);
}

TEST_F(ImageCopyTest, CancellingLeavesNothing) {
  Write("other", image_);
  observer_.OnEvent([this](const std::string& event) {
    if (event != "verifying") return;
    cancellation_.Request(MakeError(v1::ERROR_REASON_CANCELLED, "enough"));
  });
  EXPECT_EQ(ReasonOf(Fetch(CopyOf("other")).status()),
            v1::ERROR_REASON_CANCELLED);
  Restart();  // waits for what is still being wound up
  EXPECT_FALSE(Exists("image"));
  EXPECT_FALSE(Exists("image.part"));
}

TEST_F(ImageCopyTest, PartialFilesGoOnlyIfTheConditionHolds) {
  Restart();
  Write("image.part", "half");
  const auto kept = fetcher_->DiscardPartialIf("image", [] { return false; });
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_FALSE(*kept);
  EXPECT_TRUE(Exists("image.part"));
  const auto gone = fetcher_->DiscardPartialIf("image", [] { return true; });
  ASSERT_TRUE(gone.ok()) << gone.status();
  EXPECT_TRUE(*gone);
  EXPECT_FALSE(Exists("image.part"));
}

}  // namespace
}  // namespace localstore::fetcher
