// Calls a running localstored and tells how long that took. One command a line
// on standard input, one answer a line:
//
//   resolve HOST [no_cache]        -> microseconds, then the first address
//   rate resolve HOST WIDTH MS     -> calls a second, WIDTH of them at a time
//   rate check WIDTH MS            -> the same for grpc.health.v1.Health/Check
//   rate status SIZE WIDTH MS      -> the same for Status, pages of SIZE
//   watch ID COUNT                 -> opens COUNT streams on a download, each
//                                     read as it comes; how many there are now
//   watched                        -> waits for their ends; how many messages
//                                     came, how many streams saw it COMPLETED
//   burst HOST COUNT TIMEOUT_MS    -> how many were answered with an address,
//                                     of COUNT that were made at the same time
//   until BRIDGE ADDRESS MS        -> "ok" once Status shows the bridge with
//   that
//                                     address; without the bridge, for "-"
//
// or "error", and why. Usage: rpc_load SERVER
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "google/protobuf/message.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/byte_buffer.h"
#include "localstore/v1/local_datastore.grpc.pb.h"

namespace localstore {
namespace {

using Clock = std::chrono::steady_clock;

v1::ResolveRequest RequestFor(const std::string& host) {
  v1::ResolveRequest request;
  request.set_host(host);
  return request;
}

// The bytes of a message, and back.
grpc::ByteBuffer ToBytes(const google::protobuf::Message& message) {
  const std::string bytes = message.SerializeAsString();
  grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}
bool Read(const grpc::ByteBuffer& bytes, google::protobuf::Message* message) {
  grpc::Slice slice;
  return bytes.DumpToSingleSlice(&slice).ok() &&
         message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
}

// What is called, and what its answer has to hold.
struct Rpc {
  std::string method;
  grpc::ByteBuffer request;
  std::function<bool(const grpc::ByteBuffer&)> is_good;
};

// One call after the other until the time is up; many of these run at once.
// Requests are sent, and answers taken, as bytes, so that it is the server
// whose time is measured, and what is called makes no difference here. Each
// caller's last answer is read.
class Caller {
 public:
  Caller(grpc::GenericStub* stub, const Rpc* rpc, Clock::time_point end,
         absl::BlockingCounter* running)
      : stub_(stub), rpc_(rpc), end_(end), running_(running) {}

  void Call() {
    context_ = std::make_unique<grpc::ClientContext>();
    response_.Clear();
    stub_->UnaryCall(context_.get(), rpc_->method, grpc::StubOptions(),
                     &rpc_->request, &response_,
                     [this](const grpc::Status& status) { Done(status); });
  }

  int64_t calls() const { return calls_; }
  std::string error() const {
    if (!error_.empty()) return error_;
    return rpc_->is_good(response_) ? ""
                                    : "an answer without what is asked for";
  }

 private:
  void Done(const grpc::Status& status) {
    if (status.ok()) ++calls_;
    if (!status.ok()) error_ = status.error_message();
    if (status.ok() && Clock::now() < end_) {
      Call();
    } else {
      running_->DecrementCount();
    }
  }

  grpc::GenericStub* const stub_;
  const Rpc* const rpc_;
  const Clock::time_point end_;
  absl::BlockingCounter* const running_;
  std::unique_ptr<grpc::ClientContext> context_;
  grpc::ByteBuffer response_;
  int64_t calls_ = 0;
  std::string error_;
};

// A Watch stream that is read to its end.
class Watcher : public grpc::ClientReadReactor<v1::WatchResponse> {
 public:
  Watcher(v1::LocalDatastoreService::Stub& stub, const std::string& id,
          absl::BlockingCounter* running)
      : running_(running) {
    request_.add_download_ids(id);
    stub.async()->Watch(&context_, &request_, this);
    StartRead(&response_);
    StartCall();
  }

  int64_t messages() const { return messages_; }
  bool completed() const { return completed_; }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    ++messages_;
    completed_ = response_.download().state() == v1::Download::STATE_COMPLETED;
    StartRead(&response_);
  }
  void OnDone(const grpc::Status&) override { running_->DecrementCount(); }

  absl::BlockingCounter* const running_;
  grpc::ClientContext context_;
  v1::WatchRequest request_;
  v1::WatchResponse response_;
  int64_t messages_ = 0;
  bool completed_ = false;
};

class RpcLoad {
 public:
  explicit RpcLoad(const std::string& server)
      : channel_(MakeChannel(server)),
        datastore_(v1::LocalDatastoreService::NewStub(channel_)),
        any_(channel_) {}

  std::string Run(const std::string& line) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "resolve") return Resolve(words);
    if (command == "rate") return Rate(words);
    if (command == "burst") return Burst(words);
    if (command == "until") return Until(words);
    if (command == "watch") return Watch(words);
    if (command == "watched") return Watched();
    return "error no such command";
  }

 private:
  static std::shared_ptr<grpc::Channel> MakeChannel(const std::string& server) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    return grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(),
                                     arguments);
  }

  std::string Resolve(std::istringstream& words) {
    std::string host;
    std::string no_cache;
    words >> host >> no_cache;
    v1::ResolveRequest request = RequestFor(host);
    request.set_bypass_cache(no_cache == "no_cache");
    v1::ResolveResponse response;
    grpc::ClientContext context;
    const Clock::time_point start = Clock::now();
    const grpc::Status status =
        datastore_->Resolve(&context, request, &response);
    const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(
        Clock::now() - start);
    if (!status.ok()) return "error " + status.error_message();
    return std::to_string(elapsed.count()) + " " +
           response.endpoints(0).address();
  }

  std::string Rate(std::istringstream& words) {
    std::string what;
    std::string host;
    words >> what;
    if (what == "resolve") words >> host;
    int page_size = 0;
    if (what == "status") words >> page_size;
    int width = 0;
    int milliseconds = 0;
    if (!(words >> width >> milliseconds) || width < 1) return "error usage";
    const Rpc rpc = what == "resolve"  ? ResolveRpc(host)
                    : what == "status" ? StatusRpc(page_size)
                                       : CheckRpc();
    return Repeat(rpc, width, std::chrono::milliseconds(milliseconds));
  }

  static Rpc ResolveRpc(const std::string& host) {
    Rpc rpc;
    rpc.method = "/localstore.v1.LocalDatastoreService/Resolve";
    rpc.request = ToBytes(RequestFor(host));
    rpc.is_good = [](const grpc::ByteBuffer& bytes) {
      v1::ResolveResponse response;
      return Read(bytes, &response) && response.endpoints_size() > 0 &&
             response.from_cache();
    };
    return rpc;
  }

  static Rpc StatusRpc(int page_size) {
    v1::StatusRequest request;
    request.set_page_size(page_size);
    Rpc rpc;
    rpc.method = "/localstore.v1.LocalDatastoreService/Status";
    rpc.request = ToBytes(request);
    rpc.is_good = [page_size](const grpc::ByteBuffer& bytes) {
      v1::StatusResponse response;
      return Read(bytes, &response) && response.downloads_size() == page_size;
    };
    return rpc;
  }

  static Rpc CheckRpc() {
    using Response = grpc::health::v1::HealthCheckResponse;
    Rpc rpc;
    rpc.method = "/grpc.health.v1.Health/Check";
    rpc.request = ToBytes(grpc::health::v1::HealthCheckRequest());
    rpc.is_good = [](const grpc::ByteBuffer& bytes) {
      Response response;
      return Read(bytes, &response) && response.status() == Response::SERVING;
    };
    return rpc;
  }

  std::string Repeat(const Rpc& rpc, int width,
                     std::chrono::milliseconds time) {
    absl::BlockingCounter running(width);
    const Clock::time_point start = Clock::now();
    std::vector<std::unique_ptr<Caller>> callers(static_cast<size_t>(width));
    for (auto& caller : callers) {
      caller = std::make_unique<Caller>(&any_, &rpc, start + time, &running);
    }
    for (const auto& caller : callers) caller->Call();
    running.Wait();
    const std::chrono::duration<double> elapsed = Clock::now() - start;
    int64_t calls = 0;
    for (const auto& caller : callers) {
      if (!caller->error().empty()) return "error " + caller->error();
      calls += caller->calls();
    }
    return std::to_string(static_cast<double>(calls) / elapsed.count());
  }

  std::string Watch(std::istringstream& words) {
    std::string id;
    int count = 0;
    if (!(words >> id >> count)) return "error usage";
    watching_ = std::make_unique<absl::BlockingCounter>(count);
    for (int i = 0; i < count; ++i) {
      watchers_.push_back(
          std::make_unique<Watcher>(*datastore_, id, watching_.get()));
    }
    return std::to_string(watchers_.size());
  }

  std::string Watched() {
    if (watching_ == nullptr) return "error nothing is watched";
    watching_->Wait();
    int64_t messages = 0;
    int completed = 0;
    for (const auto& watcher : watchers_) {
      messages += watcher->messages();
      completed += watcher->completed() ? 1 : 0;
    }
    watchers_.clear();
    watching_ = nullptr;
    return std::to_string(messages) + " " + std::to_string(completed);
  }

  std::string Burst(std::istringstream& words) {
    std::string host;
    int count = 0;
    int milliseconds = 0;
    if (!(words >> host >> count >> milliseconds)) return "error usage";
    v1::ResolveRequest request = RequestFor(host);
    request.mutable_timeout()->set_seconds(milliseconds / 1000);
    request.mutable_timeout()->set_nanos(milliseconds % 1000 * 1'000'000);
    std::vector<grpc::ClientContext> contexts(static_cast<size_t>(count));
    std::vector<v1::ResolveResponse> responses(contexts.size());
    std::atomic<int> answered{0};
    absl::BlockingCounter running(count);
    for (size_t i = 0; i < contexts.size(); ++i) {
      datastore_->async()->Resolve(&contexts[i], &request, &responses[i],
                                   [&](const grpc::Status& status) {
                                     if (status.ok()) ++answered;
                                     running.DecrementCount();
                                   });
    }
    running.Wait();
    return std::to_string(answered);
  }

  std::string Until(std::istringstream& words) {
    std::string bridge;
    std::string address;
    int milliseconds = 0;
    if (!(words >> bridge >> address >> milliseconds)) return "error usage";
    const auto end = Clock::now() + std::chrono::milliseconds(milliseconds);
    do {
      v1::StatusResponse response;
      grpc::ClientContext context;
      const grpc::Status status =
          datastore_->Status(&context, v1::StatusRequest(), &response);
      if (!status.ok()) return "error " + status.error_message();
      if (Shows(response, bridge, address)) return "ok";
    } while (Clock::now() < end);
    return "error it does not come to that";
  }

  static bool Shows(const v1::StatusResponse& response,
                    const std::string& bridge, const std::string& address) {
    for (const v1::BridgeStatus& shown : response.bridges()) {
      if (shown.name() != bridge) continue;
      return std::find(shown.addresses().begin(), shown.addresses().end(),
                       address) != shown.addresses().end();
    }
    return address == "-";
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::LocalDatastoreService::Stub> datastore_;
  grpc::GenericStub any_;
  std::unique_ptr<absl::BlockingCounter> watching_;
  std::vector<std::unique_ptr<Watcher>> watchers_;
};

}  // namespace
}  // namespace localstore

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: rpc_load SERVER\n";
    return 2;
  }
  localstore::RpcLoad load(argv[1]);
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << load.Run(line) << std::endl;
  }
  return 0;
}
