// Every RPC of every service behind a real gRPC server: who gets through.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "localstore/v1/error_reason.pb.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "protos/errors/error.h"
#include "server/access/access_rules.h"
#include "server/access/gate.h"
#include "server/access/rpc_group.h"
#include "server/endpoints/fake_host_resolver.h"
#include "server/jobs/fake_image_fetcher.h"
#include "server/jobs/job_store.h"
#include "server/rpc/health_service.h"
#include "server/rpc/local_datastore_service.h"
#include "server/rpc/reflection_service.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using grpc::reflection::v1alpha::ServerReflection;
using grpc::reflection::v1alpha::ServerReflectionRequest;
using grpc::reflection::v1alpha::ServerReflectionResponse;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class NoFiles : public ImageFiles {
 public:
  absl::Status Delete(const std::string&) override { return absl::OkStatus(); }
  absl::StatusOr<int64_t> FreeBytes() override { return 1; }
};

absl::Status FromGrpc(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return FromRpcStatus(details);
}

std::unique_ptr<grpc::ClientContext> Context() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() +
                        std::chrono::seconds(60));
  return context;
}

class AccessTest : public ::testing::Test {
 protected:
  AccessTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service_);
    builder.RegisterService(
        static_cast<grpc::health::v1::Health::CallbackService*>(&health_));
    builder.RegisterService(&reflection_);
    server_ = builder.BuildAndStart();
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", port),
                                   grpc::InsecureChannelCredentials());
    stub_ = v1::LocalDatastoreService::NewStub(channel_);
  }
  ~AccessTest() override {
    registry_.Drain();
    service_.EndStreams();
    health_.Shutdown();
    server_->Shutdown(std::chrono::system_clock::now() +
                      std::chrono::seconds(10));
  }

  void SetRules(const std::vector<std::string>& callers,
                const std::vector<std::string>& allow) {
    v1::Config config;
    v1::AccessRule* rule = config.add_access();
    *rule->mutable_callers() = {callers.begin(), callers.end()};
    *rule->mutable_allow() = {allow.begin(), allow.end()};
    auto rules = AccessRules::Create(config.access(), true);
    ASSERT_TRUE(rules.ok()) << rules.status();
    gate_.SetRules(*std::move(rules));
  }

  JobRegistry::Parts RegistryParts() {
    JobRegistry::Parts parts;
    parts.fetcher = &fetcher_;
    parts.files = &files_;
    parts.store = &store_;
    parts.timer = &timer_;
    return parts;
  }

  LocalDatastoreService::Parts ServiceParts() {
    LocalDatastoreService::Parts parts;
    parts.resolver = &resolver_;
    parts.fetcher = &fetcher_;
    parts.files = &files_;
    parts.registry = &registry_;
    parts.settings = &settings_;
    parts.timer = &timer_;
    parts.peers = &peers_;
    parts.gate = &gate_;
    return parts;
  }

  // Every method that the server has, as gRPC writes it.
  static std::vector<std::string> Methods() {
    std::vector<std::string> methods;
    for (const char* name : {v1::LocalDatastoreService::service_full_name(),
                             grpc::health::v1::Health::service_full_name(),
                             ServerReflection::service_full_name()}) {
      const auto* service =
          google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
              name);
      for (int i = 0; i < service->method_count(); ++i) {
        methods.push_back(
            absl::StrCat("/", name, "/", service->method(i)->name()));
      }
    }
    return methods;
  }

  // How a call with an empty request ends; a stream is left after a while.
  grpc::Status Call(const std::string& method) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(1));
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(channel_);
    const grpc::Slice nothing("");
    auto call = stub.PrepareUnaryCall(&context, method,
                                      grpc::ByteBuffer(&nothing, 1), &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }

  FakeHostResolver resolver_;
  FakeImageFetcher fetcher_;
  NoFiles files_;
  MemoryJobStore store_;
  FakeTimer timer_;
  PeerDirectory peers_;
  Gate gate_{&peers_};
  LiveSettings settings_{Settings()};
  HealthService health_{&gate_};
  ReflectionService reflection_{{"a.Service"}, &gate_};
  JobRegistry registry_{JobRegistry::Options(), RegistryParts()};
  LocalDatastoreService service_{ServiceParts()};
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::LocalDatastoreService::Stub> stub_;
};

TEST_F(AccessTest, NoMethodIsForgotten) {
  SetRules({"uid:4000000000"}, {"admin"});
  EXPECT_EQ(Methods().size(), 10u);
  for (const std::string& method : Methods()) {
    const grpc::Status status = Call(method);
    if (GroupOfRpc(method) == RpcGroup::kOpen) {
      EXPECT_NE(status.error_code(), grpc::StatusCode::PERMISSION_DENIED)
          << method;
    } else {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED)
          << method;
    }
  }
}

TEST_F(AccessTest, EachGroupOpensItsMethodsAlone) {
  for (const RpcGroup granted : {RpcGroup::kRead, RpcGroup::kDownload}) {
    SetRules({"*"}, {std::string(RpcGroupName(granted))});
    for (const std::string& method : Methods()) {
      const RpcGroup group = *GroupOfRpc(method);
      const bool through = group == granted || group == RpcGroup::kOpen;
      EXPECT_EQ(
          Call(method).error_code() != grpc::StatusCode::PERMISSION_DENIED,
          through)
          << method << " with " << RpcGroupName(granted);
    }
  }
}

TEST_F(AccessTest, ADenialSaysWhoIsSeenAndWhatIsMissing) {
  SetRules({"uid:4000000000", "dns:secret-agent.example"}, {"admin"});
  const absl::Status status =
      FromGrpc(Call("/localstore.v1.LocalDatastoreService/Download"));
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_PERMISSION_DENIED);
  EXPECT_THAT(MetadataOf(status, "caller"), HasSubstr("127.0.0.1"));
  EXPECT_EQ(MetadataOf(status, "group"), "download");
  EXPECT_THAT(
      std::string(status.message()),
      AllOf(HasSubstr("127.0.0.1"), HasSubstr("\"download\""),
            Not(HasSubstr("4000000000")), Not(HasSubstr("secret-agent"))));
}

TEST_F(AccessTest, NobodyLearnsWhatIsWrongWithARequestThatHeMayNotMake) {
  SetRules({"uid:4000000000"}, {"admin"});
  EXPECT_THAT(
      Call("/localstore.v1.LocalDatastoreService/Resolve").error_message(),
      Not(HasSubstr("host")));
}

TEST_F(AccessTest, CallsUnderWayOutliveTheRuleThatAllowedThem) {
  SetRules({"*"}, {"download"});
  v1::DownloadRequest request;
  request.set_url("http://store.local/image");
  request.set_allow_unverified(true);
  const auto context = Context();
  const auto stream = stub_->Download(context.get(), request);
  const auto fetch = fetcher_.WaitForCall(0);
  SetRules({"uid:4000000000"}, {"admin"});
  EXPECT_EQ(Call("/localstore.v1.LocalDatastoreService/Download").error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  fetch->Return(fetcher::FetchResult{"abc", 1000, true});
  v1::DownloadResponse response;
  while (stream->Read(&response)) {
  }
  EXPECT_EQ(response.download().state(), v1::Download::STATE_COMPLETED);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(AccessTest, AClientHasSoManyCallsAtOnceAndNoMore) {
  gate_.SetMaxCallsPerClient(3);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<HealthCheckResponse>>> streams;
  const auto health = grpc::health::v1::Health::NewStub(channel_);
  for (int i = 0; i < 3; ++i) {
    contexts.push_back(Context());
    streams.push_back(health->Watch(contexts.back().get(), {}));
    HealthCheckResponse first;
    ASSERT_TRUE(streams.back()->Read(&first));
  }
  for (const std::string& method : Methods()) {
    const grpc::Status status = Call(method);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED)
        << method;
    EXPECT_EQ(ReasonOf(FromGrpc(status)), v1::ERROR_REASON_TOO_MANY_CALLS);
    EXPECT_EQ(ToRpcStatus(FromGrpc(status)).details_size(), 2) << "RetryInfo";
  }
  contexts[0]->TryCancel();
  streams[0]->Finish();
  // The server learns of it a moment later.
  grpc::Status status;
  for (int i = 0; i < 1000; ++i) {
    const auto context = Context();
    v1::StatusResponse response;
    status = stub_->Status(context.get(), v1::StatusRequest(), &response);
    if (status.ok()) break;
  }
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(AccessTest, EveryCallGivesItsSlotBack) {
  gate_.SetMaxCallsPerClient(5);
  for (int round = 0; round < 20; ++round) {
    for (const std::string& method : Methods()) {
      if (GroupOfRpc(method) == RpcGroup::kOpen ||
          absl::StrContains(method, "Watch") ||
          absl::StrContains(method, "Browse")) {
        continue;  // would last until the deadline
      }
      EXPECT_NE(Call(method).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED)
          << method << " in round " << round;
    }
  }
}

TEST_F(AccessTest, HealthIsToldAndWatched) {
  const auto health = grpc::health::v1::Health::NewStub(channel_);
  const auto check = [&](const std::string& service) {
    const auto context = Context();
    HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse response;
    const grpc::Status status =
        health->Check(context.get(), request, &response);
    return status.ok() ? static_cast<int>(response.status())
                       : -static_cast<int>(status.error_code());
  };
  EXPECT_EQ(check(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(check("x"), -static_cast<int>(grpc::StatusCode::NOT_FOUND));
  const auto context = Context();
  HealthCheckRequest request;
  request.set_service("x");
  const auto stream = health->Watch(context.get(), request);
  HealthCheckResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);
  health_.SetServingStatus("x", true);
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  EXPECT_EQ(check("x"), HealthCheckResponse::SERVING);
  health_.Shutdown();
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(check(""), HealthCheckResponse::NOT_SERVING);
}

TEST_F(AccessTest, ReflectionDescribesWhatThereIs) {
  const auto context = Context();
  const auto stream =
      ServerReflection::NewStub(channel_)->ServerReflectionInfo(context.get());
  const auto ask = [&](const ServerReflectionRequest& request) {
    ServerReflectionResponse response;
    EXPECT_TRUE(stream->Write(request));
    EXPECT_TRUE(stream->Read(&response));
    return response;
  };
  ServerReflectionRequest request;
  request.set_list_services("");
  EXPECT_EQ(ask(request).list_services_response().service(0).name(),
            "a.Service");
  request.set_file_containing_symbol("localstore.v1.LocalDatastoreService");
  EXPECT_GE(
      ask(request).file_descriptor_response().file_descriptor_proto_size(),
      4);  // with what it imports
  request.set_file_containing_symbol("grpc.health.v1.Health.Check");
  EXPECT_EQ(
      ask(request).file_descriptor_response().file_descriptor_proto_size(), 1);
  request.set_file_by_filename("localstore/v1/local_datastore.proto");
  EXPECT_TRUE(ask(request).has_file_descriptor_response());
  request.set_file_by_filename("nowhere.proto");
  EXPECT_EQ(ask(request).error_response().error_code(),
            grpc::StatusCode::NOT_FOUND);
  request.set_all_extension_numbers_of_type("localstore.v1.Download");
  EXPECT_EQ(ask(request).all_extension_numbers_response().base_type_name(),
            "localstore.v1.Download");
  request.mutable_file_containing_extension()->set_containing_type("x.Y");
  EXPECT_EQ(ask(request).error_response().error_code(),
            grpc::StatusCode::NOT_FOUND);
  request.Clear();
  EXPECT_EQ(ask(request).error_response().error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

}  // namespace
}  // namespace localstore::server
