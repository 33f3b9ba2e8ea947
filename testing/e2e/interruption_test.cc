// What happens to an App or to the server in the middle of a transfer, and what
// is done about it: the download goes on from the byte that it had.

#include <signal.h>

#include <chrono>
#include <functional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "google/protobuf/duration.pb.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "testing/e2e/fixture.h"
#include "testing/e2e/lab.h"

namespace localstore::testing {
namespace {

constexpr int64_t kMebibyte = 1 << 20;
constexpr int64_t kSize = 32 * kMebibyte;

class InterruptionTest : public EndToEndTest {
 protected:
  void SetUp() override { StartServer(); }

  // Downloads 32 MiB at 8 MiB/s; runs `interruption` once, after 4 MiB.
  void DownloadWith(absl::string_view name,
                    const std::function<void()>& interruption) {
    const std::string path = absl::StrCat("images/", name);
    const std::string digest = lab_.MakeFile("store", path, kSize);
    v1::DownloadRequest request =
        DownloadOf(absl::StrCat("http://", kStoreHost, "/slow/", path), digest);
    request.mutable_progress_interval()->set_nanos(100000000);

    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::minutes(1));
    const auto reader = stub_->Download(&context, request);
    v1::DownloadResponse response;
    bool interrupted = false;
    while (reader->Read(&response)) {
      last_ = response.download();
      if (!interrupted && last_.received_bytes() > 4 * kMebibyte) {
        interruption();
        interrupted = true;
      }
    }
    const grpc::Status status = reader->Finish();
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_TRUE(interrupted);
    EXPECT_EQ(last_.state(), v1::Download::STATE_COMPLETED);
    EXPECT_TRUE(
        SameFile(Destination(std::string(name)), lab_.FilePath("store", path)));
  }

  // The last request for the file asked for what was missing, and got it.
  void ExpectThatItWentOn(absl::string_view name, absl::string_view server) {
    const Request request = lab_.Requests("store").back();
    EXPECT_TRUE(absl::StrContains(request.line, name)) << request.line;
    EXPECT_EQ(request.server, server);
    EXPECT_EQ(request.status, 206);
    EXPECT_TRUE(absl::StartsWith(request.range, "bytes=")) << request.range;
    EXPECT_LT(request.body_bytes, kSize - kMebibyte);
    EXPECT_GT(last_.resumed_bytes(), 0);
  }

  v1::Download last_;
};

TEST_F(InterruptionTest, GoesOnFromTheAppsNewAddress) {
  DownloadWith("moved", [this] {
    lab_.Run({"app", "address", "store", "10.1.0.79"});
  });
  ExpectThatItWentOn("moved", "10.1.0.79:80");
  EXPECT_EQ(last_.endpoint().address(), "10.1.0.79");
  lab_.Run({"app", "address", "store", kStoreAddress});
}

TEST_F(InterruptionTest, GoesOnAfterTheWebServerWasRestarted) {
  DownloadWith("restarted", [this] {
    lab_.Run({"app", "nginx", "store", "kill"});
    lab_.Run({"app", "nginx", "store", "start"});
  });
  ExpectThatItWentOn("restarted", "10.1.0.5:80");
}

// The server ends in the middle, one way or the other; the next one goes on
// with the download although nobody asks for it again.
class RestartTest : public InterruptionTest {
 protected:
  void RestartAfter(int64_t bytes, absl::string_view name,
                    const std::function<void()>& end_server) {
    const std::string path = absl::StrCat("images/", name);
    v1::DownloadRequest request =
        DownloadOf(absl::StrCat("http://", kStoreHost, "/slow/", path),
                   lab_.MakeFile("store", path, kSize));
    request.set_download_id(std::string(name));
    request.mutable_progress_interval()->set_nanos(100000000);
    grpc::ClientContext context;
    const auto reader = stub_->Download(&context, request);
    v1::DownloadResponse response;
    while (response.download().received_bytes() < bytes) {
      ASSERT_TRUE(reader->Read(&response));
    }
    end_server();
    while (reader->Read(&response)) {
    }
    EXPECT_FALSE(reader->Finish().ok());

    StartServer();
    grpc::ClientContext watching;
    watching.set_deadline(std::chrono::system_clock::now() +
                          std::chrono::minutes(1));
    v1::WatchRequest watch;
    watch.add_download_ids(std::string(name));
    const auto watcher = stub_->Watch(&watching, watch);
    v1::WatchResponse event;
    while (watcher->Read(&event)) last_ = event.download();
    EXPECT_TRUE(watcher->Finish().ok());
    EXPECT_EQ(last_.state(), v1::Download::STATE_COMPLETED);
    EXPECT_TRUE(
        SameFile(Destination(std::string(name)), lab_.FilePath("store", path)));
  }
};

TEST_F(RestartTest, GoesOnAfterSigterm) {
  RestartAfter(4 * kMebibyte, "terminated", [this] { StopServer(); });
  ExpectThatItWentOn("terminated", "10.1.0.5:80");
}

// What was received in the last two seconds may not be durable yet.
TEST_F(RestartTest, GoesOnAfterSigkill) {
  RestartAfter(24 * kMebibyte, "killed", [this] {
    server_->SendSignal(SIGKILL);
    EXPECT_TRUE(server_->WaitForEnd(absl::Seconds(10)).ok());
    server_.reset();
  });
  ExpectThatItWentOn("killed", "10.1.0.5:80");
}

}  // namespace
}  // namespace localstore::testing
