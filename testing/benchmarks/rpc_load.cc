// Calls a running localstored and tells how long that took. One command a line
// on standard input, one answer a line:
//
//   resolve HOST [no_cache]        -> microseconds, then the first address
//   rate resolve HOST WIDTH MS     -> calls a second, WIDTH of them at a time
//   rate check WIDTH MS            -> the same for grpc.health.v1.Health/Check
//   burst HOST COUNT TIMEOUT_MS    -> how many were answered with an address,
//                                     of COUNT that were made at the same time
//
// or "error", and why. Usage: rpc_load SERVER
#include <atomic>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "localstore/v1/local_datastore.grpc.pb.h"

namespace localstore {
namespace {

using Clock = std::chrono::steady_clock;

v1::ResolveRequest RequestFor(const std::string& host) {
  v1::ResolveRequest request;
  request.set_host(host);
  return request;
}

// One call after the other until the time is up; many of these run at once.
template <typename Request, typename Response>
class Caller {
 public:
  using Method =
      std::function<void(grpc::ClientContext*, const Request*, Response*,
                         std::function<void(grpc::Status)>)>;

  Caller(Method method, Request request, Clock::time_point end,
         absl::BlockingCounter* running)
      : method_(std::move(method)),
        request_(std::move(request)),
        end_(end),
        running_(running) {}

  void Call() {
    context_ = std::make_unique<grpc::ClientContext>();
    response_.Clear();
    method_(context_.get(), &request_, &response_,
            [this](const grpc::Status& status) { Done(status); });
  }

  int64_t calls() const { return calls_; }
  const std::string& error() const { return error_; }

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

  const Method method_;
  const Request request_;
  const Clock::time_point end_;
  absl::BlockingCounter* const running_;
  std::unique_ptr<grpc::ClientContext> context_;
  Response response_;
  int64_t calls_ = 0;
  std::string error_;
};

class RpcLoad {
 public:
  explicit RpcLoad(const std::string& server) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    const std::shared_ptr<grpc::Channel> channel = grpc::CreateCustomChannel(
        server, grpc::InsecureChannelCredentials(), arguments);
    datastore_ = v1::LocalDatastoreService::NewStub(channel);
    health_ = grpc::health::v1::Health::NewStub(channel);
  }

  std::string Run(const std::string& line) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "resolve") return Resolve(words);
    if (command == "rate") return Rate(words);
    if (command == "burst") return Burst(words);
    return "error no such command";
  }

 private:
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
    int width = 0;
    int milliseconds = 0;
    if (!(words >> width >> milliseconds) || width < 1) return "error usage";
    const auto time = std::chrono::milliseconds(milliseconds);
    if (what == "resolve") {
      return Repeat<v1::ResolveRequest, v1::ResolveResponse>(
          [this](auto* context, const auto* request, auto* response,
                 auto done) {
            datastore_->async()->Resolve(context, request, response,
                                         std::move(done));
          },
          RequestFor(host), width, time);
    }
    return Repeat<grpc::health::v1::HealthCheckRequest,
                  grpc::health::v1::HealthCheckResponse>(
        [this](auto* context, const auto* request, auto* response, auto done) {
          health_->async()->Check(context, request, response, std::move(done));
        },
        {}, width, time);
  }

  template <typename Request, typename Response>
  static std::string Repeat(typename Caller<Request, Response>::Method method,
                            const Request& request, int width,
                            std::chrono::milliseconds time) {
    absl::BlockingCounter running(width);
    const Clock::time_point start = Clock::now();
    std::vector<std::unique_ptr<Caller<Request, Response>>> callers;
    for (int i = 0; i < width; ++i) {
      callers.push_back(std::make_unique<Caller<Request, Response>>(
          method, request, start + time, &running));
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

  std::unique_ptr<v1::LocalDatastoreService::Stub> datastore_;
  std::unique_ptr<grpc::health::v1::Health::Stub> health_;
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
