#include "server/rpc/encoded_answers.h"

#include <utility>

#include "localstore/v1/local_datastore.pb.h"
#include "server/convert/resolution.h"

namespace localstore::server {
namespace {

constexpr absl::Duration kSweepInterval = absl::Seconds(1);

}  // namespace

grpc::Slice EncodedAnswers::Encode(const resolver::KnownAnswer& known) {
  const absl::Duration age = absl::Ceil(known.age, kEncodedLife);
  {
    absl::MutexLock lock(&mutex_);
    const auto found = answers_.find(known.resolution.get());
    if (found != answers_.end() && found->second.age == age) {
      return found->second.bytes;
    }
  }
  const absl::Duration now = timer_->Elapsed();
  v1::ResolveResponse response;
  FillResponse(*known.resolution, age, response);
  grpc::Slice bytes(response.SerializeAsString());
  Answers swept;
  absl::MutexLock lock(&mutex_);
  if (now - swept_ >= kSweepInterval || answers_.size() >= max_answers_) {
    swept = Sweep(now);
  }
  if (answers_.size() < max_answers_) {
    answers_[known.resolution.get()] = {now, known.resolution, age, bytes};
  }
  return bytes;
}

EncodedAnswers::Answers EncodedAnswers::Sweep(absl::Duration now) {
  swept_ = now;
  Answers swept;
  for (auto it = answers_.begin(); it != answers_.end();) {
    const auto answer = it++;
    if (now - answer->second.made < kEncodedLife) continue;
    swept.insert(std::move(*answer));
    answers_.erase(answer);
  }
  return swept;
}

}  // namespace localstore::server
