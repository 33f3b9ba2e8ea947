// What the tests of whole fetches share: a directory, a web server, a source of
// endpoints that leads to it, and a fetcher.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fetcher/cancellation.h"
#include "fetcher/image_fetcher.h"
#include "fetcher/testing/fake_endpoint_source.h"
#include "fetcher/testing/recording_observer.h"
#include "fetcher/testing/scripted_http_server.h"
#include "gtest/gtest.h"

namespace localstore::fetcher {

class FetchTest : public ::testing::Test {
 protected:
  FetchTest();
  ~FetchTest() override;

  // Starts the server behind `store.local`, which the endpoints name with its
  // port.
  void Serve(ScriptedHttpServer::Handler handler);
  // Makes the fetcher anew, as after a restart, with `options_`.
  void Restart();

  // For "http://store.local/image" to "image", with the digest of `body`
  // unless that is "".
  static FetchRequest RequestFor(absl::string_view body);
  absl::StatusOr<FetchResult> Fetch(const FetchRequest& request);

  bool Exists(const std::string& name) const;
  std::string Read(const std::string& name) const;
  void Write(const std::string& name, absl::string_view content) const;
  std::string Path(const std::string& name) const {
    return absl::StrCat(options_.download_directory, "/", name);
  }

  ImageFetcher::Options options_;
  FakeEndpointSource endpoints_;
  RecordingObserver observer_;
  Cancellation cancellation_;
  std::unique_ptr<ScriptedHttpServer> server_;
  std::unique_ptr<ImageFetcher> fetcher_;
};

// `size` bytes that no two offsets have in common for long.
std::string TestImage(size_t size);

}  // namespace localstore::fetcher
