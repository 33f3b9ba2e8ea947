// The server's end, with everything going on that can go on.

#include <signal.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "protos/errors/error.h"
#include "testing/e2e/fixture.h"

namespace localstore::testing {
namespace {

using ::grpc::health::v1::Health;
using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;

constexpr int kStreams = 500;
constexpr int kStreamsOfAConnection = 50;
// What the server promises.
constexpr absl::Duration kDrainTime = absl::Seconds(10);
constexpr int kEndedAtOnce = 128 + SIGTERM;

// Streams that are open and that nobody reads.
class OpenStreams {
 public:
  OpenStreams(const ServerProcess& server, const v1::DownloadRequest& request,
              int count) {
    std::unique_ptr<v1::LocalDatastoreService::Stub> stub;
    for (int i = 0; i < count; ++i) {
      if (i % kStreamsOfAConnection == 0) {
        stub = v1::LocalDatastoreService::NewStub(server.TcpChannel());
      }
      contexts_.push_back(std::make_unique<grpc::ClientContext>());
      contexts_.back()->set_deadline(std::chrono::system_clock::now() +
                                     std::chrono::minutes(1));
      if (i % 2 == 0) {
        downloads_.push_back(stub->Download(contexts_.back().get(), request));
      } else {
        watches_.push_back(stub->Watch(contexts_.back().get(), {}));
      }
    }
    // Each has the snapshot that it begins with.
    for (const auto& stream : downloads_) {
      v1::DownloadResponse response;
      EXPECT_TRUE(stream->Read(&response));
    }
    for (const auto& stream : watches_) {
      v1::WatchResponse response;
      EXPECT_TRUE(stream->Read(&response));
    }
  }

  // How each ended.
  std::vector<grpc::Status> Finish() {
    std::vector<grpc::Status> ends;
    for (const auto& stream : downloads_) {
      v1::DownloadResponse response;
      while (stream->Read(&response)) {
      }
      ends.push_back(stream->Finish());
    }
    for (const auto& stream : watches_) {
      v1::WatchResponse response;
      while (stream->Read(&response)) {
      }
      ends.push_back(stream->Finish());
    }
    return ends;
  }

 private:
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts_;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::DownloadResponse>>>
      downloads_;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchResponse>>> watches_;
};

absl::Status ToAbsl(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  return FromRpcStatus(details);
}

class DrainTest : public EndToEndTest {
 protected:
  void SetUp() override {
    StartServer({{"--max_calls_per_client=1000", "--log_level=debug"}, {}, {}});
  }

  void TearDown() override {
    lab_.Run({"fault", "clear"});
    server_.reset();
  }

  // A download of which nothing more comes, without a reset.
  v1::DownloadRequest BlackHoledDownload() {
    v1::DownloadRequest request =
        DownloadOf(absl::StrCat("http://", kStoreHost, "/slow/images/hole"),
                   lab_.MakeFile("store", "images/hole", 64 << 20));
    request.set_download_id("hole");
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::minutes(1));
    const auto reader = stub_->Download(&context, request);
    v1::DownloadResponse response;
    while (response.download().received_bytes() == 0) {
      if (!reader->Read(&response)) break;
    }
    EXPECT_GT(response.download().received_bytes(), 0);
    lab_.Run({"fault", "blackhole", "80"});
    context.TryCancel();
    reader->Finish();
    return request;
  }
};

TEST_F(DrainTest, EndsInTimeAndTellsEverybody) {
  const v1::DownloadRequest request = BlackHoledDownload();
  OpenStreams streams(*server_, request, kStreams);
  grpc::ClientContext health_context;
  HealthCheckRequest health_request;
  health_request.set_service("localstore.v1.LocalDatastoreService");
  const auto health = Health::NewStub(server_->TcpChannel())
                          ->Watch(&health_context, health_request);
  HealthCheckResponse health_response;
  ASSERT_TRUE(health->Read(&health_response));
  EXPECT_EQ(health_response.status(), HealthCheckResponse::SERVING);

  server_->SendSignal(SIGTERM);
  const absl::StatusOr<int> exit_code = server_->WaitForEnd(kDrainTime);

  ASSERT_TRUE(exit_code.ok()) << exit_code.status();
  EXPECT_EQ(*exit_code, 0);
  const std::vector<grpc::Status> ends = streams.Finish();
  EXPECT_EQ(ends.size(), static_cast<size_t>(kStreams));
  for (const grpc::Status& end : ends) {
    ASSERT_THAT(ToAbsl(end),
                FailsWith(absl::StatusCode::kUnavailable, "SHUTTING_DOWN"));
  }
  ASSERT_TRUE(health->Read(&health_response));
  EXPECT_EQ(health_response.status(), HealthCheckResponse::NOT_SERVING);
  health_context.TryCancel();
  health->Finish();

  // The state was saved: the next one goes on from the byte that it had.
  lab_.Run({"fault", "clear"});
  StartServer();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::minutes(1));
  v1::WatchRequest watch;
  watch.add_download_ids("hole");
  const auto watcher = stub_->Watch(&context, watch);
  v1::WatchResponse event;
  while (watcher->Read(&event)) {
  }
  EXPECT_TRUE(watcher->Finish().ok());
  EXPECT_EQ(event.download().state(), v1::Download::STATE_COMPLETED);
  EXPECT_GT(event.download().resumed_bytes(), 0);
  StopServer();
}

// Resolve waits for an answer that does not come, and the drain for Resolve.
TEST_F(DrainTest, ASecondSignalEndsItAtOnce) {
  grpc::ClientContext context;
  std::thread caller([&] {
    v1::ResolveRequest request;
    request.set_host("nobody.local");
    request.mutable_timeout()->set_seconds(60);
    v1::ResolveResponse response;
    EXPECT_FALSE(stub_->Resolve(&context, request, &response).ok());
  });
  ASSERT_THAT(server_->LogWith("call request_id="),
              HasSubstr("call request_id="));
  server_->SendSignal(SIGTERM);
  EXPECT_THAT(server_->LogWith(" draining"), HasSubstr(" draining"));
  server_->SendSignal(SIGTERM);
  const absl::StatusOr<int> exit_code = server_->WaitForEnd(kDrainTime);
  caller.join();
  ASSERT_TRUE(exit_code.ok()) << exit_code.status();
  EXPECT_EQ(*exit_code, kEndedAtOnce);
  EXPECT_THAT(server_->Log(), HasSubstr("ending at once"));
}

TEST_F(DrainTest, ANewDownloadIsTurnedAwayWithWhenToComeBack) {
  grpc::ClientContext resolve_context;
  std::thread caller([&] {
    v1::ResolveRequest request;
    request.set_host("nobody.local");
    request.mutable_timeout()->set_seconds(60);
    v1::ResolveResponse response;
    EXPECT_FALSE(stub_->Resolve(&resolve_context, request, &response).ok());
  });
  ASSERT_THAT(server_->LogWith("call request_id="),
              HasSubstr("call request_id="));
  server_->SendSignal(SIGTERM);
  EXPECT_THAT(server_->LogWith(" draining"), HasSubstr(" draining"));
  const DownloadOutcome outcome =
      Download(DownloadOf(absl::StrCat("http://", kStoreHost, "/images/late"),
                          std::string(64, '0')));
  EXPECT_THAT(outcome.status,
              FailsWith(absl::StatusCode::kUnavailable, "SHUTTING_DOWN"));
  const auto retry =
      outcome.status.GetPayload("type.googleapis.com/google.rpc.RetryInfo");
  EXPECT_TRUE(retry.has_value());
  const absl::StatusOr<int> exit_code = server_->WaitForEnd(kDrainTime);
  caller.join();
  ASSERT_TRUE(exit_code.ok()) << exit_code.status();
  EXPECT_EQ(*exit_code, 0);
}

}  // namespace
}  // namespace localstore::testing
