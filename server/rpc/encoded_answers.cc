#include "server/rpc/encoded_answers.h"

#include "localstore/v1/local_datastore.pb.h"
#include "server/convert/resolution.h"

namespace localstore::server {

grpc::Slice EncodedAnswers::Encode(const resolver::KnownAnswer& known) {
  const absl::Duration age = absl::Ceil(known.age, kEncodedLife);
  {
    absl::MutexLock lock(&mutex_);
    const auto found = answers_.find(known.resolution.get());
    if (found != answers_.end() && found->second.age == age) {
      return found->second.bytes;
    }
  }
  v1::ResolveResponse response;
  FillResponse(*known.resolution, age, response);
  const grpc::Slice bytes(response.SerializeAsString());
  absl::MutexLock lock(&mutex_);
  // Nothing tells when an answer is no longer wanted; the next one of a host
  // that is asked for often is soon made.
  if (answers_.size() >= max_answers_) answers_.clear();
  answers_[known.resolution.get()] = {known.resolution, age, bytes};
  return bytes;
}

}  // namespace localstore::server
