// A stream of responses, read beside the loop that shows them.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "client/terminal/event_loop.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"
#include "grpcpp/support/sync_stream.h"

namespace localstore::client {

class RpcStream {
 public:
  virtual ~RpcStream() = default;
};

// Calls `message` and at last `finished` on the loop, which must be running or
// closed when this is destroyed. Destroying it ends the call.
template <typename Response>
class ResponseStream : public RpcStream {
 public:
  using Reader = std::unique_ptr<grpc::ClientReaderInterface<Response>>;
  using Start = std::function<Reader(grpc::ClientContext*)>;
  using OnMessage = std::function<void(const Response&)>;
  using OnFinished = std::function<void(const grpc::Status&)>;

  ResponseStream(EventLoop* loop, Start start, OnMessage message,
                 OnFinished finished)
      : loop_(loop),
        reader_(start(&context_)),
        thread_([this, message = std::move(message),
                 finished = std::move(finished)] { Read(message, finished); }) {
  }

  ~ResponseStream() override {
    context_.TryCancel();
    thread_.join();
  }

  ResponseStream(const ResponseStream&) = delete;
  ResponseStream& operator=(const ResponseStream&) = delete;

 private:
  void Read(const OnMessage& message, const OnFinished& finished) {
    Response response;
    while (reader_->Read(&response)) {
      loop_->Post([message, response] { message(response); });
    }
    const grpc::Status status = reader_->Finish();
    loop_->Post([finished, status] { finished(status); });
  }

  EventLoop* const loop_;
  grpc::ClientContext context_;
  const Reader reader_;
  std::thread thread_;
};

}  // namespace localstore::client
