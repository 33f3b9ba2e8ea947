// An answer as a message, or as the bytes that such a message would become.
#pragma once

#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/codegen/proto_utils.h"

namespace localstore::server {

// What a handler of calls fills: `ready`, if that is not empty, is sent as it
// is; otherwise `message`.
template <typename Message>
struct Encodable {
  Message message;
  grpc::Slice ready;
};

}  // namespace localstore::server

template <typename Message>
class grpc::SerializationTraits<localstore::server::Encodable<Message>, void> {
 public:
  static Status Serialize(const localstore::server::Encodable<Message>& answer,
                          ByteBuffer* buffer, bool* own_buffer) {
    if (answer.ready.size() == 0) {
      return SerializationTraits<Message>::Serialize(answer.message, buffer,
                                                     own_buffer);
    }
    *buffer = ByteBuffer(&answer.ready, 1);
    *own_buffer = true;
    return Status::OK;
  }
};
