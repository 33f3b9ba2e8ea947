#include "server/rpc/open_streams.h"

namespace localstore::server {

void OpenStreams::AddEntry(Entry entry) {
  grpc::Status status;
  {
    absl::MutexLock lock(&mutex_);
    if (!ended_) {
      entries_.remove_if(
          [](const Entry& candidate) { return candidate.stream.expired(); });
      entries_.push_back(std::move(entry));
      return;
    }
    status = status_;
  }
  entry.end(status);
}

void OpenStreams::EndAll(const grpc::Status& status) {
  std::list<Entry> entries;
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
    status_ = status;
    entries.swap(entries_);
  }
  for (const Entry& entry : entries) entry.end(status);
}

}  // namespace localstore::server
