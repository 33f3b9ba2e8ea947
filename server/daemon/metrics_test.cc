// The whole service, scraped as Prometheus does.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "server/config/layers.h"
#include "server/daemon/daemon.h"
#include "server/endpoints/fake_host_resolver.h"
#include "server/metrics/catalog.h"

namespace localstore::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kMetricsRequest[] =
    "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

class MetricsTest : public ::testing::Test {
 protected:
  MetricsTest() {
    char name[] = "/tmp/localstore_XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~MetricsTest() override {
    daemon_.reset();
    std::filesystem::remove_all(directory_);
  }

  absl::Status Start(const std::string& metrics_listen = "127.0.0.1:0") {
    const auto config = LayerConfig(v1::Config(), {},
                                    {{"listen", "127.0.0.1:0"},
                                     {"download_dir", directory_ + "/images"},
                                     {"state_dir", directory_ + "/state"},
                                     {"metrics_listen", metrics_listen},
                                     {"log_level", "error"}});
    if (!config.ok()) return config.status();
    auto resolver = std::make_unique<FakeHostResolver>();
    resolver_ = resolver.get();
    resolver::BridgeState bridge;
    bridge.name = "bn1";
    bridge.up = true;
    resolver->SetBridges({bridge});
    resolver::ResolverStatistics statistics;
    statistics.bridges.resize(1);
    statistics.bridges[0].bridge = "bn1";
    resolver->SetStatistics(statistics);
    auto daemon = Daemon::Start(*config, std::move(resolver));
    if (!daemon.ok()) return daemon.status();
    daemon_ = *std::move(daemon);
    stub_ = v1::LocalDatastoreService::NewStub(grpc::CreateChannel(
        daemon_->addresses()[0], grpc::InsecureChannelCredentials()));
    return absl::OkStatus();
  }

  int Connect() const {
    const std::vector<std::string> parts =
        absl::StrSplit(daemon_->metrics_address(), ':');
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(parts[1], &port));
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    timeval patience = {60, 0};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience,
               sizeof(patience));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons(static_cast<uint16_t>(port));
    EXPECT_EQ(
        connect(descriptor, reinterpret_cast<sockaddr*>(&name), sizeof(name)),
        0);
    return descriptor;
  }

  std::string Ask(const std::string& request) const {
    const int descriptor = Connect();
    EXPECT_EQ(send(descriptor, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    std::string answer;
    char buffer[65536];
    ssize_t size = 0;
    while ((size = recv(descriptor, buffer, sizeof(buffer), 0)) > 0) {
      answer.append(buffer, static_cast<size_t>(size));
    }
    close(descriptor);
    return answer;
  }

  std::string Scrape() const { return Ask(kMetricsRequest); }

  // Calls some RPCs, well and badly.
  void MakeCalls() {
    grpc::ClientContext status_context;
    v1::StatusResponse status;
    EXPECT_TRUE(stub_->Status(&status_context, {}, &status).ok());
    grpc::ClientContext resolve_context;
    v1::ResolveResponse resolution;
    EXPECT_FALSE(stub_->Resolve(&resolve_context, {}, &resolution).ok());
  }

  std::string directory_;
  FakeHostResolver* resolver_ = nullptr;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<v1::LocalDatastoreService::Stub> stub_;
};

// "name type" of each family.
std::set<std::string> FamiliesOf(const std::string& answer) {
  std::set<std::string> families;
  for (absl::string_view line : absl::StrSplit(answer, '\n')) {
    if (absl::ConsumePrefix(&line, "# TYPE ")) {
      families.emplace(absl::StripSuffix(line, "\r"));
    }
  }
  return families;
}

TEST_F(MetricsTest, WhatIsServedIsWhatTheCatalogSays) {
  ASSERT_TRUE(Start().ok());
  MakeCalls();
  resolver_->AnswerWith(absl::InternalError("odd"));
  grpc::ClientContext context;
  v1::DownloadRequest request;
  request.set_url("http://store.local/image");
  request.set_allow_unverified(true);
  auto reader = stub_->Download(&context, request);
  // The answer is a retry's cause sooner or later.
  while (!absl::StrContains(Scrape(), "localstore_download_retries_total{")) {
    v1::DownloadResponse response;
    ASSERT_TRUE(reader->Read(&response));
    if (response.download().state() == v1::Download::STATE_FAILED) break;
  }
  const std::string answer = Scrape();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  std::set<std::string> expected;
  for (const MetricInfo& metric : MetricCatalog()) {
    const char* type =
        metric.type == prometheus::MetricType::Counter     ? "counter"
        : metric.type == prometheus::MetricType::Histogram ? "histogram"
                                                           : "gauge";
    expected.insert(absl::StrCat(metric.name, " ", type));
  }
  std::set<std::string> served = FamiliesOf(answer);
  // The library's own, about its own.
  for (auto it = served.begin(); it != served.end();) {
    it = absl::StartsWith(*it, "exposer_") ? served.erase(it) : std::next(it);
  }
  EXPECT_EQ(served, expected);
  context.TryCancel();
}

TEST_F(MetricsTest, CountsCallsByMethodAndCode) {
  ASSERT_TRUE(Start().ok());
  MakeCalls();
  const std::string labels =
      "{grpc_type=\"unary\",grpc_service=\"localstore.v1."
      "LocalDatastoreService\",grpc_method=\"";
  // The call's end is counted a moment after its caller knows.
  std::string answer;
  const std::string handled =
      absl::StrCat("grpc_server_handled_total", labels,
                   "Resolve\",grpc_code=\"InvalidArgument\"} 1\n");
  for (int i = 0; i < 1000 && !absl::StrContains(answer, handled); ++i) {
    answer = Scrape();
  }
  EXPECT_THAT(answer, HasSubstr(handled));
  EXPECT_THAT(answer, HasSubstr(absl::StrCat("grpc_server_started_total",
                                             labels, "Status\"} 1\n")));
  EXPECT_THAT(answer,
              HasSubstr(absl::StrCat("grpc_server_handled_total", labels,
                                     "Status\",grpc_code=\"OK\"} 1")));
  EXPECT_THAT(answer,
              HasSubstr(absl::StrCat("grpc_server_handling_seconds_count",
                                     labels, "Status\"} 1\n")));
}

TEST_F(MetricsTest, AnOpenStreamIsInFlight) {
  ASSERT_TRUE(Start().ok());
  const std::string sample =
      "localstore_rpcs_in_flight{grpc_type=\"server_stream\",grpc_service="
      "\"localstore.v1.LocalDatastoreService\",grpc_method=\"Watch\"} ";
  EXPECT_THAT(Scrape(), HasSubstr(sample + "0\n"));
  grpc::ClientContext context;
  auto reader = stub_->Watch(&context, {});
  std::string answer;
  for (int i = 0; i < 1000 && !absl::StrContains(answer, sample + "1\n"); ++i) {
    answer = Scrape();
  }
  EXPECT_THAT(answer, HasSubstr(sample + "1\n"));
  context.TryCancel();
  reader->Finish();
  for (int i = 0; i < 1000 && !absl::StrContains(answer, sample + "0\n"); ++i) {
    answer = Scrape();
  }
  EXPECT_THAT(answer, HasSubstr(sample + "0\n"));
}

TEST_F(MetricsTest, AnUnknownMethodAddsNoSeries) {
  ASSERT_TRUE(Start().ok());
  grpc::GenericStub stub(grpc::CreateChannel(
      daemon_->addresses()[0], grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const grpc::Slice nothing("");
  const grpc::ByteBuffer request(&nothing, 1);
  grpc::ByteBuffer response;
  absl::Notification done;
  grpc::Status status;
  stub.UnaryCall(&context, "/made.Up/Name", {}, &request, &response,
                 [&](grpc::Status ended) {
                   status = std::move(ended);
                   done.Notify();
                 });
  done.WaitForNotification();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_THAT(Scrape(), Not(HasSubstr("made.Up")));
}

TEST_F(MetricsTest, ServingFollowsTheHealth) {
  ASSERT_TRUE(Start().ok());
  EXPECT_THAT(Scrape(), HasSubstr("\nlocalstore_serving 1\n"));
  resolver_->SetBridges({});
  resolver_->Change();
  std::string answer;
  for (int i = 0;
       i < 1000 && !absl::StrContains(answer, "\nlocalstore_serving 0\n");
       ++i) {
    answer = Scrape();
  }
  EXPECT_THAT(answer, HasSubstr("\nlocalstore_serving 0\n"));
}

TEST_F(MetricsTest, ScrapersThatSayNothingAreInNobodysWay) {
  ASSERT_TRUE(Start().ok());
  std::vector<int> silent;
  silent.reserve(8);
  for (int i = 0; i < 8; ++i) silent.push_back(Connect());
  MakeCalls();
  // When those before it have been dropped.
  EXPECT_THAT(Scrape(), StartsWith("HTTP/1.1 200 OK\r\n"));
  for (const int descriptor : silent) close(descriptor);
}

TEST_F(MetricsTest, NonsenseIsRefused) {
  ASSERT_TRUE(Start().ok());
  EXPECT_THAT(
      Ask("GET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
      StartsWith("HTTP/1.1 404"));
  // No version is known of what speaks none.
  EXPECT_THAT(Ask("nonsense\r\n\r\n"), StartsWith("HTTP/1.0 400"));
  EXPECT_THAT(Ask(absl::StrCat("GET /metrics HTTP/1.1\r\nX: ",
                               std::string(100'000, 'x'), "\r\n\r\n")),
              Not(HasSubstr("200 OK")));
  EXPECT_THAT(Scrape(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(MetricsTest, AnAddressInUseIsAnErrorThatNamesIt) {
  ASSERT_TRUE(Start().ok());
  const std::unique_ptr<Daemon> first = std::move(daemon_);
  const std::string directory = directory_;
  directory_ += "/second";
  std::filesystem::create_directories(directory_);
  const absl::Status status = Start(first->metrics_address());
  directory_ = directory;
  EXPECT_THAT(
      std::string(status.message()),
      AllOf(HasSubstr("metrics_listen"), HasSubstr("cannot be listened at")));
}

TEST_F(MetricsTest, NoneAreServedUnlessAskedFor) {
  ASSERT_TRUE(Start("").ok());
  EXPECT_THAT(daemon_->metrics_address(), IsEmpty());
}

}  // namespace
}  // namespace localstore::server
