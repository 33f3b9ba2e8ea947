// A client of the service of the contract, served in this process with fakes
// behind it.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "protos/errors/error.h"
#include "server/endpoints/fake_host_resolver.h"
#include "server/jobs/fake_image_fetcher.h"
#include "server/jobs/job_store.h"
#include "server/rpc/local_datastore_service.h"
#include "server/timer/fake_timer.h"

namespace localstore::server {

class FakeFiles : public ImageFiles {
 public:
  absl::Status Delete(const std::string&) override { return absl::OkStatus(); }
  absl::StatusOr<int64_t> FreeBytes() override { return 12345; }
};

// The status that the details of a gRPC status hold; checks that it says the
// same as the status itself.
inline absl::Status FromGrpc(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), static_cast<int>(status.error_code()));
  EXPECT_EQ(details.message(), status.error_message());
  return FromRpcStatus(details);
}

inline v1::ErrorReason ReasonOfGrpc(const grpc::Status& status) {
  return ReasonOf(FromGrpc(status));
}

// A client of one call, with a deadline that only guards against hanging.
struct Client {
  Client() {
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(60));
  }
  grpc::ClientContext context;
};

struct DownloadCall : Client {
  DownloadCall(v1::LocalDatastoreService::Stub& stub,
               const v1::DownloadRequest& request)
      : reader(stub.Download(&context, request)) {}

  v1::Download Read() const {
    v1::DownloadResponse response;
    EXPECT_TRUE(reader->Read(&response));
    return response.download();
  }
  // Reads until a message has this state.
  v1::Download ReadUntil(v1::Download::State state) const {
    v1::DownloadResponse response;
    while (reader->Read(&response)) {
      if (response.download().state() == state) return response.download();
    }
    ADD_FAILURE() << "the stream ended before " << state;
    return {};
  }
  // Reads to the end; the last message.
  v1::Download ReadLast() const {
    v1::DownloadResponse response;
    while (reader->Read(&response)) {
    }
    return response.download();
  }
  grpc::Status Finish() const { return reader->Finish(); }

  std::unique_ptr<grpc::ClientReader<v1::DownloadResponse>> reader;
};

// Answers Flush when a test says so, or at once.
class HeldStore : public MemoryJobStore {
 public:
  void Flush(absl::Duration patience, Done done) override {
    {
      absl::MutexLock lock(&mutex_);
      if (holds_) {
        held_.push_back(std::move(done));
        return;
      }
    }
    MemoryJobStore::Flush(patience, std::move(done));
  }
  void Hold() {
    absl::MutexLock lock(&mutex_);
    holds_ = true;
  }
  // Answers the next that is held, once it is there, and holds no more.
  void Answer(const absl::Status& status) {
    Done done;
    {
      absl::MutexLock lock(&mutex_);
      const auto is_there = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return !held_.empty();
      };
      mutex_.Await(absl::Condition(&is_there));
      done = std::move(held_.front());
      held_.pop_front();
      holds_ = false;
    }
    done(status);
  }

 private:
  absl::Mutex mutex_;
  bool holds_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Done> held_ ABSL_GUARDED_BY(mutex_);
};

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() { Serve(JobRegistry::Options()); }
  ~ServiceTest() override { StopServing(); }

  void Serve(const JobRegistry::Options& options) {
    JobRegistry::Parts registry_parts;
    registry_parts.fetcher = &fetcher_;
    registry_parts.files = &files_;
    registry_parts.store = &store_;
    registry_parts.timer = &timer_;
    registry_ = std::make_unique<JobRegistry>(options, registry_parts);
    LocalDatastoreService::Parts parts;
    parts.resolver = &resolver_;
    parts.fetcher = &fetcher_;
    parts.files = &files_;
    parts.registry = registry_.get();
    parts.settings = &settings_;
    parts.timer = &timer_;
    parts.peers = &peers_;
    parts.gate = &gate_;
    service_ = std::make_unique<LocalDatastoreService>(parts);
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", port),
                                   grpc::InsecureChannelCredentials());
    stub_ = v1::LocalDatastoreService::NewStub(channel_);
  }

  void StopServing() {
    registry_->Drain();
    service_->EndStreams();
    server_->Shutdown(std::chrono::system_clock::now() +
                      std::chrono::seconds(10));
    server_->Wait();
  }

  // What a client gets that sends `bytes` instead of a message.
  grpc::Status Send(const std::string& rpc, const std::string& bytes) {
    Client client;
    grpc::CompletionQueue queue;
    const grpc::Slice slice(bytes);
    grpc::GenericStub stub(channel_);
    auto call = stub.PrepareUnaryCall(
        &client.context, "/localstore.v1.LocalDatastoreService/" + rpc,
        grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }

  static v1::DownloadRequest Request(const std::string& id) {
    v1::DownloadRequest request;
    request.set_download_id(id);
    request.set_url(absl::StrCat("http://store.local/", id));
    request.set_sha256(std::string(64, 'a'));
    return request;
  }

  static void Transfer(fetcher::FetchObserver& observer, int64_t total) {
    fetcher::ImageSource source;
    source.url = "http://store.local/image";
    observer.OnAttempt(1, source);
    observer.OnResolving();
    fetcher::Endpoint endpoint;
    endpoint.address = "10.1.0.5";
    endpoint.bridge = "bn1";
    observer.OnConnecting(endpoint, "http://10.1.0.5/image");
    observer.OnTransferring(total, 0, "application/octet-stream");
  }

  FakeHostResolver resolver_;
  FakeImageFetcher fetcher_;
  FakeFiles files_;
  HeldStore store_;
  FakeTimer timer_;
  PeerDirectory peers_;
  Gate gate_{&peers_};
  LiveSettings settings_{Settings()};
  std::unique_ptr<JobRegistry> registry_;
  std::unique_ptr<LocalDatastoreService> service_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::LocalDatastoreService::Stub> stub_;
};

}  // namespace localstore::server
