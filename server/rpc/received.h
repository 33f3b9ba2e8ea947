// A request as it came in, read or not.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "server/access/call_slots.h"
#include "server/requests/unreadable_request.h"

namespace localstore::server {

// gRPC answers UNIMPLEMENTED, without a word, to a request that it cannot read:
// one with a string that is not UTF-8, say. Received as this, the handler is
// called all the same and can say what is wrong.
template <typename Message>
struct Received {
  Message message;
  absl::Status problem;  // OK, or why `message` could not be read
  // gRPC destroys the request when the call is over, however it ends, and hands
  // it to the handler as const.
  mutable CallSlots::Slot slot;
};

}  // namespace localstore::server

template <typename Message>
class grpc::SerializationTraits<localstore::server::Received<Message>, void> {
 public:
  static Status Deserialize(ByteBuffer* buffer,
                            localstore::server::Received<Message>* received) {
    {
      ProtoBufferReader reader(buffer);
      if (!reader.status().ok()) return reader.status();
      if (!received->message.ParseFromZeroCopyStream(&reader)) {
        received->problem = Describe(*buffer);
      }
    }
    buffer->Clear();
    return Status::OK;
  }

 private:
  static absl::Status Describe(const ByteBuffer& buffer) {
    Slice bytes;
    const Status status = buffer.DumpToSingleSlice(&bytes);
    if (!status.ok()) return absl::InternalError(status.error_message());
    return localstore::server::DescribeUnreadable(
        *Message::descriptor(),
        absl::string_view(reinterpret_cast<const char*>(bytes.begin()),
                          bytes.size()));
  }
};
