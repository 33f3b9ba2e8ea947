#include "fetcher/testing/fetch_test.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <utility>

#include "fetcher/pipeline/sha256.h"

namespace localstore::fetcher {

FetchTest::FetchTest() {
  std::string name = ::testing::TempDir() + "/fetch-XXXXXX";
  EXPECT_NE(mkdtemp(name.data()), nullptr);
  options_.download_directory = name;
}

FetchTest::~FetchTest() {
  fetcher_ = nullptr;
  std::error_code ignored;
  std::filesystem::remove_all(options_.download_directory, ignored);
}

void FetchTest::Serve(ScriptedHttpServer::Handler handler) {
  server_ = nullptr;
  server_ = std::make_unique<ScriptedHttpServer>(std::move(handler));
  endpoints_.Set("store.local", {LoopbackEndpoint(server_->port())});
}

void FetchTest::Restart() {
  fetcher_ = nullptr;
  absl::StatusOr<std::unique_ptr<ImageFetcher>> fetcher =
      ImageFetcher::Create(options_, &endpoints_);
  ASSERT_TRUE(fetcher.ok()) << fetcher.status();
  fetcher_ = *std::move(fetcher);
}

FetchRequest FetchTest::RequestFor(absl::string_view body) {
  FetchRequest request;
  request.sources.resize(1);
  request.sources[0].url = "http://store.local/image";
  request.destination = "image";
  if (!body.empty()) request.sha256 = Sha256Hex(body);
  return request;
}

absl::StatusOr<FetchResult> FetchTest::Fetch(const FetchRequest& request) {
  if (fetcher_ == nullptr) Restart();
  return fetcher_->Fetch(request, observer_, cancellation_);
}

bool FetchTest::Exists(const std::string& name) const {
  struct stat info = {};
  return lstat(Path(name).c_str(), &info) == 0;
}

std::string FetchTest::Read(const std::string& name) const {
  std::ifstream file(Path(name), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void FetchTest::Write(const std::string& name,
                      absl::string_view content) const {
  std::ofstream file(Path(name), std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
}

std::string TestImage(size_t size) {
  std::mt19937_64 random(size);
  std::string image;
  image.reserve(size + sizeof(uint64_t));
  while (image.size() < size) {
    const uint64_t word = random();
    image.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  image.resize(size);
  return image;
}

}  // namespace localstore::fetcher
