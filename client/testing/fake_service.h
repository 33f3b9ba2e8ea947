// A server within the test that answers as it is told to.
#pragma once

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "client/application.h"
#include "grpcpp/server.h"
#include "localstore/v1/local_datastore.grpc.pb.h"

namespace localstore::client {

// `status` as the server sends it, details and all.
grpc::Status SentStatus(const absl::Status& status);

// What each call does; the default answers UNIMPLEMENTED. Set before the call.
class FakeService : public v1::LocalDatastoreService::Service {
 public:
  template <typename Request, typename Response>
  using Unary = std::function<grpc::Status(const Request&, Response*)>;
  template <typename Request, typename Response>
  using Streaming = std::function<grpc::Status(
      grpc::ServerContext*, const Request&, grpc::ServerWriter<Response>*)>;

  Unary<v1::ResolveRequest, v1::ResolveResponse> resolve;
  Unary<v1::StatusRequest, v1::StatusResponse> status;
  Unary<v1::CancelRequest, v1::CancelResponse> cancel;
  Unary<v1::RemoveRequest, v1::RemoveResponse> remove;
  Streaming<v1::DownloadRequest, v1::DownloadResponse> download;
  Streaming<v1::WatchRequest, v1::WatchResponse> watch;
  Streaming<v1::BrowseRequest, v1::BrowseResponse> browse;

 private:
  grpc::Status Resolve(grpc::ServerContext*, const v1::ResolveRequest* request,
                       v1::ResolveResponse* response) override {
    return resolve ? resolve(*request, response) : Unset();
  }
  grpc::Status Status(grpc::ServerContext*, const v1::StatusRequest* request,
                      v1::StatusResponse* response) override {
    return status ? status(*request, response) : Unset();
  }
  grpc::Status Cancel(grpc::ServerContext*, const v1::CancelRequest* request,
                      v1::CancelResponse* response) override {
    return cancel ? cancel(*request, response) : Unset();
  }
  grpc::Status Remove(grpc::ServerContext*, const v1::RemoveRequest* request,
                      v1::RemoveResponse* response) override {
    return remove ? remove(*request, response) : Unset();
  }
  grpc::Status Download(
      grpc::ServerContext* call, const v1::DownloadRequest* request,
      grpc::ServerWriter<v1::DownloadResponse>* writer) override {
    return download ? download(call, *request, writer) : Unset();
  }
  grpc::Status Watch(grpc::ServerContext* call, const v1::WatchRequest* request,
                     grpc::ServerWriter<v1::WatchResponse>* writer) override {
    return watch ? watch(call, *request, writer) : Unset();
  }
  grpc::Status Browse(grpc::ServerContext* call,
                      const v1::BrowseRequest* request,
                      grpc::ServerWriter<v1::BrowseResponse>* writer) override {
    return browse ? browse(call, *request, writer) : Unset();
  }

  static grpc::Status Unset() {
    return grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "not set by the test");
  }
};

// localstorectl against that server, its screens in memory.
class Harness {
 public:
  Harness();
  ~Harness();

  FakeService service;

  // The exit code; what was written is in out() and err().
  int Run(const std::vector<std::string>& words, const std::string& input = "");

  std::string out() const { return out_buffer_.str(); }
  std::string err() const { return err_.str(); }

  // In a handler: blocks until Run has its exit code, or Wake was called since
  // Run began.
  void WaitForEndOfRun();
  void Wake();

  // Before Run: presses Ctrl-C each time that the output, flushed, has come to
  // hold one more of `texts`, in that order.
  void InterruptAt(std::vector<std::string> texts);

  // Before Run: the output is a terminal of that many columns.
  void OutputIsATerminal(size_t columns);
  // Before Run: secrets may not be sent to the server.
  void ConnectionIsNotPrivate() { is_private_ = false; }

 private:
  // Tells what it holds each time that it is flushed.
  class WatchedBuffer : public std::stringbuf {
   public:
    std::function<void(const std::string&)> flushed;

   private:
    int sync() override {
      if (flushed) flushed(str());
      return 0;
    }
  };

  void OnOutput(const std::string& text);
  void SetWaiting(bool waiting);
  bool IsOver() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !waiting_; }

  absl::Mutex mutex_;
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;

  std::unique_ptr<grpc::Server> server_;
  WatchedBuffer out_buffer_;
  std::ostream out_{&out_buffer_};
  std::ostringstream err_;
  Screen out_screen_;
  bool is_private_ = true;
  UserEvents user_;
  EventLoop* loop_ = nullptr;
  std::vector<std::string> interrupt_at_;
};

}  // namespace localstore::client
