// The whole service with a resolver that is a fake: real sockets, real files,
// real gRPC.
#include "server/daemon/daemon.h"

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "protos/errors/error.h"
#include "server/config/layers.h"
#include "server/daemon/health_probe.h"
#include "server/endpoints/fake_host_resolver.h"

namespace localstore::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Serving = grpc::health::v1::HealthCheckResponse;

constexpr char kService[] = "localstore.v1.LocalDatastoreService";

class DaemonTest : public ::testing::Test {
 protected:
  DaemonTest() {
    char name[] = "/tmp/localstore_XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~DaemonTest() override {
    daemon_.reset();
    std::filesystem::remove_all(directory_);
  }

  SettingTexts Texts() const {
    return {{"listen", "unix:" + Socket() + ",127.0.0.1:0"},
            {"download_dir", directory_ + "/images"},
            {"state_dir", directory_ + "/state"},
            {"port_file", directory_ + "/ports"},
            {"log_level", "error"}};
  }
  std::string Socket() const { return directory_ + "/run/x.sock"; }

  absl::Status Start(const SettingTexts& texts) {
    const auto config = LayerConfig(v1::Config(), {}, texts);
    if (!config.ok()) return config.status();
    auto resolver = std::make_unique<FakeHostResolver>();
    resolver::BridgeState bridge;
    bridge.name = "bn1";
    bridge.up = true;
    resolver->SetBridges({bridge});
    resolver_ = resolver.get();
    auto daemon = Daemon::Start(*config, std::move(resolver));
    if (!daemon.ok()) return daemon.status();
    daemon_ = *std::move(daemon);
    return absl::OkStatus();
  }

  std::vector<std::string> PortFile() const {
    std::ifstream file(directory_ + "/ports");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  static std::unique_ptr<grpc::ClientContext> Context() {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() +
                          std::chrono::seconds(60));
    return context;
  }

  static std::shared_ptr<grpc::Channel> Channel(const std::string& address) {
    return grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  }

  static grpc::Status AskStatus(const std::string& address,
                                v1::StatusResponse& response) {
    const auto context = Context();
    return v1::LocalDatastoreService::NewStub(Channel(address))
        ->Status(context.get(), v1::StatusRequest(), &response);
  }

  bool BecomesHealthy(const std::string& service, Serving::ServingStatus want) {
    return BecomesHealthy(PortFile().back(), service, want);
  }

  // Follows the health of a service until it is as wanted.
  static bool BecomesHealthy(const std::string& address,
                             const std::string& service,
                             Serving::ServingStatus want) {
    const auto context = Context();
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    auto reader = grpc::health::v1::Health::NewStub(Channel(address))
                      ->Watch(context.get(), request);
    Serving response;
    bool seen = false;
    while (!seen && reader->Read(&response)) seen = response.status() == want;
    context->TryCancel();
    reader->Finish();
    return seen;
  }

  std::string directory_;
  FakeHostResolver* resolver_ = nullptr;  // the daemon's
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(DaemonTest, ServesAtEachAddressAndSaysWhere) {
  ASSERT_TRUE(Start(Texts()).ok());
  EXPECT_THAT(PortFile(),
              ElementsAre("unix:" + Socket(), StartsWith("127.0.0.1:")));
  EXPECT_EQ(PortFile(), daemon_->addresses());
  for (const std::string& address : PortFile()) {
    v1::StatusResponse response;
    const grpc::Status status = AskStatus(address, response);
    ASSERT_TRUE(status.ok()) << address << ": " << status.error_message();
    EXPECT_EQ(response.bridges(0).name(), "bn1");
    EXPECT_GT(response.download_dir_free_bytes(), 0);
  }
  struct stat file {};
  ASSERT_EQ(stat(Socket().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0660u);
  daemon_.reset();
  EXPECT_FALSE(std::filesystem::exists(Socket()));
}

TEST_F(DaemonTest, HealthFollowsTheBridges) {
  ASSERT_TRUE(Start(Texts()).ok());
  EXPECT_TRUE(BecomesHealthy("", Serving::SERVING));
  EXPECT_TRUE(BecomesHealthy(kService, Serving::SERVING));
  resolver_->SetBridges({});
  resolver_->Change();
  EXPECT_TRUE(BecomesHealthy(kService, Serving::NOT_SERVING));
  EXPECT_TRUE(BecomesHealthy("", Serving::SERVING));
}

TEST_F(DaemonTest, HealthHasAnAddressOfItsOwnThatServesNothingElse) {
  SettingTexts texts = Texts();
  texts["health_listen"] = "127.0.0.1:0";
  ASSERT_TRUE(Start(texts).ok());
  const std::string address = daemon_->health_address();
  EXPECT_TRUE(BecomesHealthy(address, kService, Serving::SERVING));
  v1::StatusResponse response;
  EXPECT_EQ(AskStatus(address, response).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  resolver_->SetBridges({});
  resolver_->Change();
  EXPECT_TRUE(BecomesHealthy(address, kService, Serving::NOT_SERVING));
  EXPECT_TRUE(
      BecomesHealthy(PortFile().back(), kService, Serving::NOT_SERVING));
}

TEST_F(DaemonTest, AHealthAddressInUseIsNamed) {
  ASSERT_TRUE(Start(Texts()).ok());
  const std::string taken = PortFile().back();
  SettingTexts texts = Texts();
  texts["state_dir"] = directory_ + "/other";
  texts["listen"] = "127.0.0.1:0";
  texts["health_listen"] = taken;
  const auto config = LayerConfig(v1::Config(), {}, texts);
  const auto second =
      Daemon::Start(*config, std::make_unique<FakeHostResolver>());
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("health_listen: " + taken));
}

TEST_F(DaemonTest, TheProbeFindsTheServerOfItsConfiguration) {
  const auto config = LayerConfig(v1::Config(), {}, Texts());
  EXPECT_THAT(std::string(ProbeHealth(*config, absl::Seconds(60)).message()),
              HasSubstr("unix:" + Socket() + " does not answer"));
  ASSERT_TRUE(Start(Texts()).ok());
  EXPECT_EQ(ProbeHealth(*config, absl::Seconds(60)), absl::OkStatus());
}

TEST(HealthAddressTest, IsOneThatCanBeAskedInClear) {
  v1::Config config;
  config.add_listen("0.0.0.0:1");
  config.add_listen("unix:/run/x.sock");
  EXPECT_EQ(*HealthAddress(config), "127.0.0.1:1");
  config.set_tls_certificate("/certificate");
  EXPECT_EQ(*HealthAddress(config), "unix:/run/x.sock");
  config.mutable_listen()->RemoveLast();
  EXPECT_THAT(std::string(HealthAddress(config).status().message()),
              HasSubstr("health_listen"));
  config.add_listen("systemd:");
  EXPECT_EQ(*HealthAddress(config), "unix:/run/localstore/localstore.sock");
  config.set_health_listen("[::]:2");
  EXPECT_EQ(*HealthAddress(config), "[::1]:2");
}

TEST_F(DaemonTest, HealthServiceCanBeDescribed) {
  ASSERT_TRUE(Start(Texts()).ok());
  EXPECT_NE(
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
          "grpc.health.v1.Health"),
      nullptr);
}

TEST_F(DaemonTest, DrainEndsStreamsAndKeepsTheirDownloads) {
  ASSERT_TRUE(Start(Texts()).ok());
  v1::DownloadRequest request;
  request.set_url("http://store.local/image");
  request.set_allow_unverified(true);
  const auto context = Context();
  auto reader = v1::LocalDatastoreService::NewStub(Channel(PortFile()[0]))
                    ->Download(context.get(), request);
  ASSERT_NE(resolver_->WaitForResolve(0).id, 0u);
  daemon_->Drain();
  v1::DownloadResponse last;
  while (reader->Read(&last)) {
  }
  EXPECT_EQ(last.download().state(), v1::Download::STATE_WAITING);
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(ReasonOf(FromRpcStatus(details)), v1::ERROR_REASON_SHUTTING_DOWN);
}

TEST_F(DaemonTest, ARestartGoesOnWithWhatWasRunning) {
  ASSERT_TRUE(Start(Texts()).ok());
  v1::DownloadRequest request;
  request.set_download_id("a");
  request.set_url("http://store.local/image");
  request.set_allow_unverified(true);
  {
    const auto context = Context();
    auto reader = v1::LocalDatastoreService::NewStub(Channel(PortFile()[0]))
                      ->Download(context.get(), request);
    ASSERT_NE(resolver_->WaitForResolve(0).id, 0u);
    daemon_.reset();
  }
  ASSERT_TRUE(Start(Texts()).ok());
  EXPECT_EQ(resolver_->WaitForResolve(0).host, "store.local");
  v1::StatusResponse response;
  ASSERT_TRUE(AskStatus(PortFile()[0], response).ok());
  ASSERT_EQ(response.downloads_size(), 1);
  EXPECT_EQ(response.downloads(0).download_id(), "a");
  EXPECT_EQ(response.downloads(0).state(), v1::Download::STATE_RESOLVING);
}

TEST_F(DaemonTest, ARestartReportsWhatHasEnded) {
  ASSERT_TRUE(Start(Texts()).ok());
  v1::DownloadRequest request;
  request.set_download_id("a");
  request.set_url("http://store.local/image");
  request.set_allow_unverified(true);
  for (int run = 0; run < 2; ++run) {
    const auto stub =
        v1::LocalDatastoreService::NewStub(Channel(PortFile()[0]));
    const auto context = Context();
    auto reader = stub->Download(context.get(), request);
    if (run == 0) {
      ASSERT_NE(resolver_->WaitForResolve(0).id, 0u);
      const auto cancel_context = Context();
      v1::CancelRequest cancel;
      cancel.set_download_id("a");
      v1::CancelResponse cancelled;
      ASSERT_TRUE(stub->Cancel(cancel_context.get(), cancel, &cancelled).ok());
      daemon_.reset();
      ASSERT_TRUE(Start(Texts()).ok());
      v1::StatusResponse response;
      ASSERT_TRUE(AskStatus(PortFile()[0], response).ok());
      ASSERT_EQ(response.downloads_size(), 1);
      EXPECT_EQ(response.downloads(0).state(), v1::Download::STATE_CANCELLED);
      EXPECT_EQ(response.downloads(0).error().code(), 1);
      request.set_overwrite(true);
    } else {
      v1::DownloadResponse message;
      EXPECT_FALSE(reader->Read(&message));
      EXPECT_EQ(reader->Finish().error_code(),
                grpc::StatusCode::ALREADY_EXISTS);  // the id is remembered
    }
  }
}

TEST_F(DaemonTest, ReloadTakesOverWhatIsLive) {
  ASSERT_TRUE(Start(Texts()).ok());
  SettingTexts texts = Texts();
  texts["bridges"] = "bn*";
  v1::Config file;
  file.add_datastores()->set_name("lab");
  file.mutable_datastores(0)->set_fqdn("http://store.local");
  daemon_->Reload(*LayerConfig(file, {}, texts));
  EXPECT_THAT(resolver_->patterns(), ElementsAre("bn*"));
  v1::DownloadRequest request;
  request.set_image("disk");
  request.add_datastores()->set_name("lab");
  request.set_allow_unverified(true);
  const auto context = Context();
  auto reader = v1::LocalDatastoreService::NewStub(Channel(PortFile()[0]))
                    ->Download(context.get(), request);
  v1::DownloadResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.download().url(), "http://store.local/disk");
  context->TryCancel();
  while (reader->Read(&response)) {
  }
  reader->Finish();
}

TEST_F(DaemonTest, TwoServersDoNotShareTheirState) {
  ASSERT_TRUE(Start(Texts()).ok());
  SettingTexts texts = Texts();
  texts["listen"] = "127.0.0.1:0";
  const auto config = LayerConfig(v1::Config(), {}, texts);
  const auto second =
      Daemon::Start(*config, std::make_unique<FakeHostResolver>());
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("another server"));
}

TEST_F(DaemonTest, AnAddressInUseIsAnErrorThatNamesIt) {
  ASSERT_TRUE(Start(Texts()).ok());
  SettingTexts texts = Texts();
  texts["listen"] = PortFile().back();
  texts["state_dir"] = directory_ + "/other";
  const auto config = LayerConfig(v1::Config(), {}, texts);
  const auto second =
      Daemon::Start(*config, std::make_unique<FakeHostResolver>());
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr(PortFile().back()));
}

TEST_F(DaemonTest, ADirectoryThatCannotBeMadeIsNamed) {
  SettingTexts texts = Texts();
  texts["download_dir"] = "/proc/nowhere";
  EXPECT_THAT(std::string(Start(texts).message()),
              HasSubstr("download_dir: /proc/nowhere"));
}

TEST_F(DaemonTest, RefusesToServeOthersInClear) {
  SettingTexts texts = Texts();
  texts["listen"] = "0.0.0.0:0";
  EXPECT_THAT(std::string(Start(texts).message()),
              HasSubstr("allow_insecure_listen"));
  texts["allow_insecure_listen"] = "true";
  EXPECT_TRUE(Start(texts).ok());
}

}  // namespace
}  // namespace localstore::server
