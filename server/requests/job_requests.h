// Requests about downloads that are there, checked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::server {

struct StatusOrder {
  std::vector<std::string> download_ids;  // each once; empty: all
  int page_size = 0;
  uint64_t after = 0;  // sequence of the last job of the page before
};

// A page has 100 downloads unless page_size says otherwise, at most 1000
// (AIP-158). Errors: INVALID_REQUEST with all violations.
absl::StatusOr<StatusOrder> MakeStatusOrder(const v1::StatusRequest& request);

// What MakeStatusOrder turns back into `after`.
std::string PageToken(uint64_t last_sequence);

// The ids, each once. Errors: INVALID_REQUEST with all violations.
absl::StatusOr<std::vector<std::string>> WatchedIds(
    const v1::WatchRequest& request);

// Errors: INVALID_REQUEST.
absl::Status CheckRequest(const v1::CancelRequest& request);
absl::Status CheckRequest(const v1::RemoveRequest& request);

}  // namespace localstore::server
