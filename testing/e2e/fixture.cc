#include "testing/e2e/fixture.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/client_context.h"
#include "protos/errors/error.h"
#include "testing/e2e/subprocess.h"

namespace localstore::testing {
namespace {

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::minutes(1));
}

// The details of a gRPC status are a google.rpc.Status.
absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status rpc_status;
  if (status.error_details().empty() ||
      !rpc_status.ParseFromString(status.error_details())) {
    rpc_status.Clear();
    rpc_status.set_code(status.error_code());
    rpc_status.set_message(status.error_message());
  }
  EXPECT_EQ(rpc_status.code(), status.error_code());
  return FromRpcStatus(rpc_status);
}

template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  Detail detail;
  const absl::optional<absl::Cord> payload = status.GetPayload(
      absl::StrCat("type.googleapis.com/", detail.GetTypeName()));
  if (payload.has_value()) {
    EXPECT_TRUE(detail.ParseFromString(std::string(*payload)));
  }
  return detail;
}

}  // namespace

int DownloadOutcome::Count(v1::Download::State state) const {
  return static_cast<int>(std::count_if(
      snapshots.begin(), snapshots.end(),
      [state](const v1::Download& d) { return d.state() == state; }));
}

void EndToEndTest::StartServer(const ServerOptions& options) {
  absl::StatusOr<std::unique_ptr<ServerProcess>> server =
      ServerProcess::Start(lab_, Directory(), options);
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  stub_ = v1::LocalDatastoreService::NewStub(server_->TcpChannel());
}

void EndToEndTest::StopServer() {
  if (server_ == nullptr) return;
  const absl::StatusOr<int> exit_code = server_->Stop();
  EXPECT_TRUE(exit_code.ok()) << exit_code.status();
  EXPECT_EQ(exit_code.value_or(-1), 0);
  if (HasFailure()) std::cerr << "localstored logged:\n" << server_->Log();
  server_.reset();
}

void EndToEndTest::TearDown() {
  StopServer();
  if (!directory_.empty()) std::filesystem::remove_all(directory_);
}

absl::Status EndToEndTest::Resolve(const v1::ResolveRequest& request,
                                   v1::ResolveResponse& response) {
  grpc::ClientContext context;
  SetDeadline(context);
  return FromGrpc(stub_->Resolve(&context, request, &response));
}

DownloadOutcome EndToEndTest::Download(const v1::DownloadRequest& request) {
  grpc::ClientContext context;
  SetDeadline(context);
  DownloadOutcome outcome;
  const auto reader = stub_->Download(&context, request);
  v1::DownloadResponse response;
  while (reader->Read(&response)) {
    outcome.snapshots.push_back(response.download());
  }
  outcome.status = FromGrpc(reader->Finish());
  return outcome;
}

v1::Endpoint EndToEndTest::ResolveOne(const std::string& host) {
  v1::ResolveRequest request;
  request.set_host(host);
  // With use-ipv6=no avahi-daemon still publishes a link-local AAAA record.
  request.set_address_family(v1::ADDRESS_FAMILY_IPV4);
  v1::ResolveResponse response;
  const absl::Status status = Resolve(request, response);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(response.endpoints_size(), 1) << response.ShortDebugString();
  return response.endpoints_size() == 1 ? response.endpoints(0)
                                        : v1::Endpoint();
}

std::string EndToEndTest::Destination(const std::string& name) const {
  return absl::StrCat(server_->download_dir(), "/", name);
}

const std::string& EndToEndTest::Directory() {
  if (directory_.empty()) {
    const ::testing::TestInfo& test =
        *::testing::UnitTest::GetInstance()->current_test_info();
    const std::string root = FromEnvironment("TEST_TMPDIR");
    directory_ = absl::StrCat(root.empty() ? "/tmp" : root, "/", test.name());
  }
  return directory_;
}

v1::DownloadRequest DownloadOf(const std::string& url,
                               const std::string& sha256) {
  v1::DownloadRequest request;
  request.set_url(url);
  request.set_sha256(sha256);
  return request;
}

google::rpc::ErrorInfo ErrorInfoOf(const absl::Status& status) {
  return DetailOf<google::rpc::ErrorInfo>(status);
}

google::rpc::BadRequest BadRequestOf(const absl::Status& status) {
  return DetailOf<google::rpc::BadRequest>(status);
}

::testing::AssertionResult SameFile(const std::string& left,
                                    const std::string& right) {
  const std::string left_bytes = ReadFile(left);
  if (left_bytes.empty()) {
    return ::testing::AssertionFailure() << left << " is missing or empty";
  }
  if (left_bytes != ReadFile(right)) {
    return ::testing::AssertionFailure()
           << left << " and " << right << " differ";
  }
  return ::testing::AssertionSuccess();
}

}  // namespace localstore::testing
