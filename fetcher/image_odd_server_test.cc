// Web servers as they are met: old, in pieces, and never for long.
#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "fetcher/image_fetcher.h"
#include "fetcher/pipeline/sha256.h"
#include "fetcher/testing/fetch_test.h"
#include "fetcher/testing/pki.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

using Request = ScriptedHttpServer::Request;
using Connection = ScriptedHttpServer::Connection;

constexpr char kEtag[] = "\"v1\"";

class ImageOddServerTest : public FetchTest {
 protected:
  ImageOddServerTest() { options_.initial_backoff = absl::Milliseconds(1); }

  void ExpectImage(const FetchRequest& request, const std::string& image) {
    const absl::StatusOr<FetchResult> result = Fetch(request);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->sha256, Sha256Hex(image));
    EXPECT_TRUE(Read(request.destination) == image);
  }
};

TEST_F(ImageOddServerTest, MaySpeakHttp10) {
  const std::string image = TestImage(1 << 20);
  Serve([&](const Request& request, Connection& connection) {
    const bool closes = request.target == "/image";
    connection.Send(absl::StrCat(
        "HTTP/1.0 200 OK\r\n",
        closes ? "" : absl::StrCat("Content-Length: ", image.size(), "\r\n"),
        "\r\n", image));
  });
  ExpectImage(RequestFor(image), image);
  FetchRequest request = RequestFor("");
  request.destination = "marked";
  request.sources[0].url = "http://store.local/marked";
  ExpectImage(request, image);
}

// However the pieces fall in which a body is handed on, read and written.
TEST_F(ImageOddServerTest, MaySendHeadAndBodyInAnyPieces) {
  constexpr size_t kEdge = 256 << 10;
  for (const size_t size : {kEdge - 1, kEdge, kEdge + 1, 4 * kEdge + 4097}) {
    for (const size_t first : {size_t{0}, size_t{1}, size_t{4096}, size}) {
      const std::string image = TestImage(size);
      // By value: the server's thread may still read when the next one begins.
      Serve([=](const Request&, Connection& connection) {
        const std::string head =
            HttpHead("200 OK", {absl::StrCat("Content-Length: ", size)});
        connection.Send(head + image.substr(0, first));
        connection.Pause(1);
        connection.Send(image.substr(first) + "behind the end");
        connection.Hold();
      });
      FetchRequest request = RequestFor("");
      request.overwrite = true;
      ExpectImage(request, image);
    }
  }
}

// Fast enough that libcurl is never done with what is there.
TEST_F(ImageOddServerTest, MaySendALotAtOnce) {
  const std::string image = TestImage(48 << 20);
  options_.stall_timeout = absl::Seconds(5);
  options_.max_attempts = 1;
  Serve([&](const Request&, Connection& connection) {
    connection.Send(HttpOk(image));
  });
  for (int i = 0; i < 2; ++i) {
    FetchRequest request = RequestFor("");
    request.overwrite = true;
    ExpectImage(request, image);
  }
  EXPECT_EQ(server_->requests().size(), 2);
}

TEST_F(ImageOddServerTest, MayEndEachConnectionAfterAWhile) {
  const std::string image = TestImage(1 << 20);
  options_.max_attempts = 2;
  for (const size_t piece : {size_t{70'000}, size_t{300'000}}) {
    Serve([&](const Request& request, Connection& connection) {
      const std::string response = HttpRangeAware(request, image, kEtag);
      const size_t head = response.find("\r\n\r\n") + 4;
      connection.Send(response.substr(0, head + piece));
      if (request.number % 2 == 0) connection.Reset();
    });
    FetchRequest request = RequestFor(image);
    request.overwrite = true;
    request.destination = absl::StrCat("image-", piece);
    ExpectImage(request, image);
    // What was read before a reset may be less than was sent.
    EXPECT_GE(server_->requests().size(), image.size() / piece + 1);
  }
  EXPECT_THAT(observer_.failures(), Each("CONNECT_FAILED"));
}

TEST_F(ImageOddServerTest, ThatSaysTwiceWhereTheBodyEndsCannotChangeIt) {
  const std::string image = TestImage(1 << 20);
  options_.max_attempts = 1;
  Serve([&](const Request&, Connection& connection) {
    connection.Send(absl::StrCat(
        HttpHead("200 OK",
                 {"Content-Length: 524288", "Transfer-Encoding: chunked"}),
        "100000\r\n", image, "\r\n0\r\n\r\n"));
  });
  // RFC 9112, section 6.3: the coding counts.
  ExpectImage(RequestFor(""), image);
}

TEST_F(ImageOddServerTest, ABrokenConnectionTellsHowMuchWasMissing) {
  const std::string image = TestImage(1 << 20);
  options_.max_attempts = 1;
  Serve([&](const Request&, Connection& connection) {
    connection.Send(HttpOk(image).substr(0, 900'000));
  });
  const absl::Status status = Fetch(RequestFor("")).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONNECT_FAILED);
  EXPECT_THAT(std::string(status.message()), HasSubstr("bytes remaining"));
}

TEST_F(ImageOddServerTest, SilentWhereTlsShouldBeginIsNotWaitedForForever) {
  options_.max_attempts = 1;
  options_.connect_timeout = absl::Milliseconds(200);
  // Its reading ends with the first line, which TLS has none of.
  Serve([](const Request&, Connection& connection) { connection.Hold(); });
  FetchRequest request = RequestFor("");
  request.sources[0].url = "https://store.local/image";
  TestCertificate root;
  root.common_name = "Root";
  root.ca = true;
  request.sources[0].access.ca_certificates_pem =
      TestIdentity::Issue(root).CertificatePem();
  EXPECT_EQ(ReasonOf(Fetch(request).status()), v1::ERROR_REASON_CONNECT_FAILED);
}

TEST_F(ImageOddServerTest, ADownloadDirectoryThatIsGoneIsAnErrorOfTheDisk) {
  options_.max_attempts = 1;
  const std::string image = TestImage(1 << 20);
  Serve([&](const Request& request, Connection& connection) {
    connection.Send(HttpRangeAware(request, image, kEtag));
  });
  Restart();
  std::error_code ignored;
  std::filesystem::remove_all(options_.download_directory, ignored);
  for (const char* destination : {"image", "folder/image"}) {
    FetchRequest request = RequestFor(image);
    request.destination = destination;
    const absl::Status status = Fetch(request).status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STORAGE_FAILED) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("No such file or directory"));
  }
  EXPECT_TRUE(server_->requests().empty());
}

// While bytes come, too: the file has no name any more that it could be given.
TEST_F(ImageOddServerTest, SoIsOneThatGoesAwayMeanwhile) {
  options_.max_attempts = 1;
  const std::string image = TestImage(1 << 20);
  Serve([&](const Request& request, Connection& connection) {
    std::error_code ignored;
    std::filesystem::remove_all(options_.download_directory, ignored);
    connection.Send(HttpRangeAware(request, image, kEtag));
  });
  EXPECT_EQ(ReasonOf(Fetch(RequestFor(image)).status()),
            v1::ERROR_REASON_STORAGE_FAILED);
}

}  // namespace
}  // namespace localstore::fetcher
