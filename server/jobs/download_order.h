// A download as it was ordered, checked and made whole.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "fetcher/image_fetcher.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::server {

struct DownloadOrder {
  // With download_id and destination filled in and sha256 in lower case. Holds
  // secrets.
  v1::DownloadRequest request;
  // The same in the fetcher's terms. Holds secrets.
  fetcher::FetchRequest fetch;
  absl::Duration timeout = absl::InfiniteDuration();  // for the whole download
  // Equal for requests that mean the same download: all of the request but its
  // id, its secrets, and what only says how to watch it. A Job takes it out of
  // its order.
  std::string fingerprint;
  // Who ordered it (ClientKey); "" for nobody in particular.
  std::string client;
  // Of the call that ordered it; see Download in the contract.
  std::string request_id;
  std::string trace_id;
};

}  // namespace localstore::server
