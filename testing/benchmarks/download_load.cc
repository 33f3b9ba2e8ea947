// Has a running localstored download images at the same time, over one channel.
// A line on standard input names them:
//
//   URL SHA256 DESTINATION [URL SHA256 DESTINATION]...
//
// and is answered by the seconds until all of them were completed, or "error"
// and why. Usage: download_load SERVER
#include <chrono>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "localstore/v1/local_datastore.grpc.pb.h"

namespace localstore {
namespace {

using Clock = std::chrono::steady_clock;
using Stub = v1::LocalDatastoreService::Stub;

std::unique_ptr<Stub> Connect(const std::string& server) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return v1::LocalDatastoreService::NewStub(grpc::CreateCustomChannel(
      server, grpc::InsecureChannelCredentials(), arguments));
}

std::vector<v1::DownloadRequest> ParseRequests(const std::string& line) {
  std::vector<v1::DownloadRequest> requests;
  std::istringstream words(line);
  v1::DownloadRequest request;
  while (words >> *request.mutable_url() >> *request.mutable_sha256() >>
         *request.mutable_destination()) {
    requests.push_back(request);
  }
  return requests;
}

// "" when it was completed.
std::string Download(Stub& stub, const v1::DownloadRequest& request) {
  grpc::ClientContext context;
  const auto stream = stub.Download(&context, request);
  v1::DownloadResponse last;
  while (stream->Read(&last)) {
  }
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return status.error_message();
  return last.download().state() == v1::Download::STATE_COMPLETED
             ? ""
             : "not completed";
}

std::string DownloadAll(Stub& stub,
                        const std::vector<v1::DownloadRequest>& requests) {
  std::vector<std::string> errors(requests.size());
  std::vector<std::thread> calls;
  const Clock::time_point start = Clock::now();
  for (size_t i = 0; i < requests.size(); ++i) {
    calls.emplace_back([&, i] { errors[i] = Download(stub, requests[i]); });
  }
  for (std::thread& call : calls) call.join();
  const std::chrono::duration<double> elapsed = Clock::now() - start;
  for (const std::string& error : errors) {
    if (!error.empty()) return "error " + error;
  }
  return std::to_string(elapsed.count());
}

}  // namespace
}  // namespace localstore

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: download_load SERVER\n";
    return 2;
  }
  const auto stub = localstore::Connect(argv[1]);
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << localstore::DownloadAll(*stub, localstore::ParseRequests(line))
              << std::endl;
  }
  return 0;
}
