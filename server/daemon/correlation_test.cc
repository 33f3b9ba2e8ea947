// A call's correlation ids through the whole service.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "server/config/layers.h"
#include "server/daemon/daemon.h"
#include "server/endpoints/fake_host_resolver.h"
#include "server/logging/captured_log.h"

namespace localstore::server {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kRequestId[] = "rollout-7/device-12";
constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";

class CorrelationTest : public ::testing::Test {
 protected:
  CorrelationTest() {
    char name[] = "/tmp/localstore_XXXXXX";
    directory_ = mkdtemp(name);
    Start();
  }
  ~CorrelationTest() override {
    daemon_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Start() {
    const auto config = LayerConfig(v1::Config(), {},
                                    {{"listen", "127.0.0.1:0"},
                                     {"download_dir", directory_ + "/images"},
                                     {"state_dir", directory_ + "/state"}});
    auto resolver = std::make_unique<FakeHostResolver>();
    resolver_ = resolver.get();
    daemon_ = *Daemon::Start(*config, std::move(resolver));
    stub_ = v1::LocalDatastoreService::NewStub(grpc::CreateChannel(
        daemon_->addresses()[0], grpc::InsecureChannelCredentials()));
  }

  static void Correlate(grpc::ClientContext& context) {
    context.AddMetadata("x-request-id", kRequestId);
    context.AddMetadata("traceparent",
                        std::string("00-") + kTraceId + "-00f067aa0ba902b7-01");
  }

  static std::string RequestIdIn(const grpc::ClientContext& context) {
    const auto& metadata = context.GetServerInitialMetadata();
    const auto found = metadata.find("x-request-id");
    return found == metadata.end()
               ? ""
               : std::string(found->second.data(), found->second.size());
  }

  v1::Download OnlyDownload() {
    grpc::ClientContext context;
    v1::StatusResponse response;
    EXPECT_TRUE(stub_->Status(&context, {}, &response).ok());
    EXPECT_EQ(response.downloads_size(), 1);
    return response.downloads(0);
  }

  const CapturedLog log_;
  std::string directory_;
  FakeHostResolver* resolver_ = nullptr;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<v1::LocalDatastoreService::Stub> stub_;
};

TEST_F(CorrelationTest, TheCallerHasItsIdBackAndTheLogHasIt) {
  grpc::ClientContext context;
  Correlate(context);
  v1::ResolveResponse response;
  EXPECT_FALSE(stub_->Resolve(&context, {}, &response).ok());
  EXPECT_EQ(RequestIdIn(context), kRequestId);
  EXPECT_THAT(log_.Events(),
              Contains(AllOf(StartsWith("info call refused rpc=Resolve"),
                             HasSubstr(std::string("request_id=") + kRequestId),
                             HasSubstr(std::string("trace_id=") + kTraceId),
                             HasSubstr("peer="))));
}

TEST_F(CorrelationTest, OneIsMadeUpForWhoHasNone) {
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", std::string(1000, 'x'));
  v1::StatusResponse response;
  ASSERT_TRUE(stub_->Status(&context, {}, &response).ok());
  EXPECT_EQ(RequestIdIn(context).size(), 16u);
}

TEST_F(CorrelationTest, AFailedLookupIsLoggedWithIt) {
  resolver_->AnswerWith(absl::NotFoundError("nobody has it"));
  grpc::ClientContext context;
  Correlate(context);
  v1::ResolveRequest request;
  request.set_host("gone.local");
  v1::ResolveResponse response;
  EXPECT_FALSE(stub_->Resolve(&context, request, &response).ok());
  EXPECT_THAT(log_.Events(),
              Contains(AllOf(StartsWith("info host not resolved"),
                             HasSubstr("host=gone.local"),
                             HasSubstr(kRequestId), HasSubstr(kTraceId))));
}

TEST_F(CorrelationTest, ItStaysWithTheDownloadOverARestart) {
  v1::DownloadRequest request;
  request.set_download_id("d");
  request.set_url("http://store.local/image");
  request.set_allow_unverified(true);
  grpc::ClientContext context;
  Correlate(context);
  auto reader = stub_->Download(&context, request);
  ASSERT_NE(resolver_->WaitForResolve(0).id, 0u);
  EXPECT_EQ(OnlyDownload().request_id(), kRequestId);
  daemon_.reset();
  v1::DownloadResponse response;
  while (reader->Read(&response)) {
  }
  reader->Finish();
  EXPECT_EQ(RequestIdIn(context), kRequestId);

  Start();
  ASSERT_NE(resolver_->WaitForResolve(0).id, 0u);
  EXPECT_EQ(OnlyDownload().request_id(), kRequestId);
  EXPECT_EQ(OnlyDownload().trace_id(), kTraceId);
  grpc::ClientContext cancel_context;
  v1::CancelRequest cancel;
  cancel.set_download_id("d");
  v1::CancelResponse cancelled;
  EXPECT_TRUE(stub_->Cancel(&cancel_context, cancel, &cancelled).ok());
  for (const char* event :
       {"info download accepted", "info download taken up again",
        "info download ended download_id=d"}) {
    EXPECT_THAT(log_.Events(),
                Contains(AllOf(StartsWith(event), HasSubstr(kRequestId),
                               HasSubstr(kTraceId))))
        << event;
  }
}

}  // namespace
}  // namespace localstore::server
