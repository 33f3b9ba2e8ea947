// The server as a service: health, reflection, sockets, Status, its end.

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "testing/e2e/fixture.h"
#include "testing/e2e/subprocess.h"

namespace localstore::testing {
namespace {

using ::grpc::health::v1::Health;
using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;
using ::grpc::reflection::v1alpha::ServerReflection;
using ::grpc::reflection::v1alpha::ServerReflectionRequest;
using ::grpc::reflection::v1alpha::ServerReflectionResponse;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

constexpr char kServiceName[] = "localstore.v1.LocalDatastoreService";

class ServiceTest : public EndToEndTest {
 protected:
  void SetUp() override { StartServer(); }

  HealthCheckResponse::ServingStatus HealthOf(const std::string& service) {
    grpc::ClientContext context;
    HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse response;
    const grpc::Status status = Health::NewStub(server_->TcpChannel())
                                    ->Check(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.status();
  }

  ServerReflectionResponse Reflect(const ServerReflectionRequest& request) {
    grpc::ClientContext context;
    const auto stub = ServerReflection::NewStub(server_->TcpChannel());
    const auto stream = stub->ServerReflectionInfo(&context);
    EXPECT_TRUE(stream->Write(request));
    stream->WritesDone();
    ServerReflectionResponse response;
    EXPECT_TRUE(stream->Read(&response));
    ServerReflectionResponse rest;
    EXPECT_FALSE(stream->Read(&rest));
    EXPECT_TRUE(stream->Finish().ok());
    return response;
  }

  static v1::StatusResponse StatusOver(
      const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    v1::StatusResponse response;
    const grpc::Status status =
        v1::LocalDatastoreService::NewStub(channel)->Status(&context, {},
                                                            &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
};

TEST_F(ServiceTest, IsHealthyOnceItListens) {
  EXPECT_EQ(HealthOf(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(HealthOf(kServiceName), HealthCheckResponse::SERVING);
}

TEST_F(ServiceTest, ReflectionListsWhatIsServed) {
  ServerReflectionRequest request;
  request.set_list_services("*");
  const ServerReflectionResponse response = Reflect(request);
  std::vector<std::string> names;
  for (const auto& service : response.list_services_response().service()) {
    names.push_back(service.name());
  }
  EXPECT_THAT(names, IsSupersetOf({kServiceName, "grpc.health.v1.Health"}));
}

TEST_F(ServiceTest, ReflectionDescribesEveryServiceThatItLists) {
  for (const char* symbol : {kServiceName, "grpc.health.v1.Health"}) {
    ServerReflectionRequest request;
    request.set_file_containing_symbol(symbol);
    const ServerReflectionResponse response = Reflect(request);
    EXPECT_GE(response.file_descriptor_response().file_descriptor_proto_size(),
              1)
        << symbol << ": " << response.error_response().error_message();
  }
}

TEST_F(ServiceTest, ListensOnTcpAndOnAUnixSocket) {
  const v1::StatusResponse over_tcp = StatusOver(server_->TcpChannel());
  const v1::StatusResponse over_unix = StatusOver(server_->UnixChannel());
  EXPECT_FALSE(over_tcp.version().empty());
  EXPECT_EQ(over_unix.version(), over_tcp.version());
  EXPECT_EQ(over_unix.start_time().seconds(), over_tcp.start_time().seconds());
}

TEST_F(ServiceTest, StatusTellsOfBridgesAndDownloads) {
  const std::string digest = lab_.MakeFile("store", "images/status", 4000);
  v1::DownloadRequest request =
      DownloadOf(absl::StrCat("http://", kStoreHost, "/images/status"), digest);
  request.set_download_id("for-status");
  ASSERT_TRUE(Download(request).status.ok());

  const v1::StatusResponse response = StatusOver(server_->TcpChannel());

  std::map<std::string, v1::BridgeStatus> bridges;
  for (const auto& bridge : response.bridges()) bridges[bridge.name()] = bridge;
  ASSERT_EQ(bridges.size(), 3) << response.ShortDebugString();
  for (const int n : {1, 2, 3}) {
    const v1::BridgeStatus& bridge = bridges[absl::StrCat("bn", n)];
    EXPECT_TRUE(bridge.up()) << n;
    EXPECT_THAT(bridge.addresses(),
                Contains(absl::StrCat("10.", n, ".0.1/24")));
    EXPECT_EQ(bridge.problem(), "") << n;
  }
  ASSERT_EQ(response.downloads_size(), 1);
  EXPECT_EQ(response.downloads(0).download_id(), "for-status");
  EXPECT_EQ(response.downloads(0).state(), v1::Download::STATE_COMPLETED);
  EXPECT_EQ(response.downloads(0).sha256(), digest);
  EXPECT_GT(response.download_dir_free_bytes(), 0);
}

TEST_F(ServiceTest, SigtermDrainsAndEndsWell) {
  const std::string digest = lab_.MakeFile("store", "big", 64 << 20);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::minutes(1));
  const auto reader = stub_->Download(
      &context,
      DownloadOf(absl::StrCat("http://", kStoreHost, "/slow/big"), digest));
  v1::DownloadResponse response;
  while (response.download().received_bytes() == 0) {
    ASSERT_TRUE(reader->Read(&response));
  }

  server_->SendSignal(SIGTERM);
  while (reader->Read(&response)) {
  }
  const grpc::Status status = reader->Finish();
  const absl::StatusOr<int> exit_code = server_->WaitForEnd(absl::Seconds(20));

  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE)
      << status.error_message();
  ASSERT_TRUE(exit_code.ok()) << exit_code.status();
  EXPECT_EQ(*exit_code, 0);
  server_.reset();
}

class PrivilegeTest : public EndToEndTest {};

TEST_F(PrivilegeTest, NeedsNone) {
  ServerOptions options;
  options.run_by = {"setpriv", "--bounding-set=-all", "--inh-caps=-all",
                    "--no-new-privs"};
  StartServer(options);
  EXPECT_THAT(ReadFile(absl::StrCat("/proc/", server_->pid(), "/status")),
              HasSubstr("CapEff:\t0000000000000000"));
  const std::string digest = lab_.MakeFile("store", "images/plain", 30000);
  const DownloadOutcome outcome = Download(
      DownloadOf(absl::StrCat("http://", kStoreHost, "/images/plain"), digest));
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
}

// Whether there is such a user here: not in every user namespace.
bool IsMapped(uint64_t uid) {
  std::istringstream map(ReadFile("/proc/self/uid_map"));
  uint64_t first = 0;
  uint64_t outside = 0;
  uint64_t count = 0;
  while (map >> first >> outside >> count) {
    if (uid >= first && uid - first < count) return true;
  }
  return false;
}

// As a user of its own, where there are others than this one, that may do
// nothing else. Its files are copied to where that user can read them.
TEST_F(PrivilegeTest, RunsAsAnyUser) {
  const uint64_t uid = IsMapped(65534) ? 65534 : geteuid();
  const std::string user = absl::StrCat(uid);
  std::vector<std::string> as_user = {"setpriv", "--bounding-set=-all",
                                      "--inh-caps=-all", "--no-new-privs"};
  if (uid != geteuid()) {
    for (const char* option : {"--reuid=", "--regid="}) {
      as_user.push_back(absl::StrCat(option, user));
    }
    as_user.emplace_back("--clear-groups");
  }
  const std::string home = "/run/unprivileged";
  const std::string program = FromEnvironment("LOCALSTORED");
  const std::string copied = absl::StrCat(home, "/localstored");
  ASSERT_EQ(RunCommand({"mkdir", "-p", absl::StrCat(home, "/images"),
                        absl::StrCat(home, "/state")})
                ->exit_code,
            0);
  ASSERT_EQ(RunCommand({"cp", "-L", program, copied})->exit_code, 0);
  ASSERT_EQ(RunCommand({"chown", "-R", absl::StrCat(user, ":", user), home})
                ->exit_code,
            0);
  ServerOptions options;
  options.program = copied;
  options.run_by = as_user;
  options.flags = {
      absl::StrCat("--listen=127.0.0.1:0,unix:", home, "/localstored.sock")};
  auto server = ServerProcess::Start(lab_, home, options);
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  stub_ = v1::LocalDatastoreService::NewStub(server_->UnixChannel());

  const std::string status =
      ReadFile(absl::StrCat("/proc/", server_->pid(), "/status"));
  EXPECT_THAT(status, HasSubstr("CapEff:\t0000000000000000"));
  EXPECT_THAT(status, HasSubstr(absl::StrCat("Uid:\t", user, "\t", user)));
  EXPECT_THAT(server_->Log(), HasSubstr("missing_capabilities=none"));
  EXPECT_EQ(ResolveOne(kStoreHost).address(), kStoreAddress);
  const std::string digest = lab_.MakeFile("store", "images/plain", 30000);
  const DownloadOutcome outcome = Download(
      DownloadOf(absl::StrCat("http://", kStoreHost, "/images/plain"), digest));
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  StopServer();
}

class ListenTest : public EndToEndTest {};

TEST_F(ListenTest, RefusesToListenInClearBeyondTheDevice) {
  const absl::StatusOr<std::unique_ptr<ServerProcess>> server =
      ServerProcess::Start(lab_, "/run/listen-test",
                           {{"--listen=10.1.0.1:50051"}, {}, {}});
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(std::string(server.status().message()), HasSubstr("10.1.0.1"));
}

}  // namespace
}  // namespace localstore::testing
