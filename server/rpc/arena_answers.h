// The messages of one call with the answer in an arena: an answer of many small
// parts then costs no allocation for each.
#pragma once

#include <cstddef>

#include "google/protobuf/arena.h"
#include "grpcpp/support/message_allocator.h"

namespace localstore::server {

// For a handler of unary calls, which it must outlive. Any thread.
template <typename Request, typename Response>
class ArenaAnswers final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override {
    return new Messages;
  }

 private:
  // Holds what an answer usually takes, and is itself a small allocation.
  static constexpr size_t kBlockBytes = 2048;

  class Messages final : public grpc::MessageHolder<Request, Response> {
   public:
    Messages() : arena_(block_, sizeof(block_)) {
      this->set_request(&request_);
      this->set_response(
          google::protobuf::Arena::CreateMessage<Response>(&arena_));
    }

    void Release() override { delete this; }

   private:
    Request request_;
    alignas(std::max_align_t) char block_[kBlockBytes];
    google::protobuf::Arena arena_;
  };
};

}  // namespace localstore::server
