// A download request, checked and made whole.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "fetcher/image_fetcher.h"
#include "localstore/v1/local_datastore.pb.h"
#include "server/jobs/download_order.h"
#include "server/requests/image_sources.h"

namespace localstore::server {

constexpr absl::Duration kDefaultProgressInterval = absl::Seconds(1);
constexpr absl::Duration kShortestProgressInterval = absl::Milliseconds(50);

struct DownloadRules {
  const fetcher::ImageFetcher* fetcher = nullptr;  // for its Validate
  const DatastoreCatalog* catalog = nullptr;
  int64_t max_image_bytes = 0;  // 0: no limit
};

// Fills in what the request leaves to the server (an id, the destination) and
// puts it in the fetcher's terms. Errors: INVALID_REQUEST with every violation
// of every field; HOST_NOT_LOCAL, DESTINATION_INVALID, CREDENTIALS_OVER_HTTP
// when that is all that is wrong; TOO_LARGE when size_bytes is beyond what the
// server takes.
absl::StatusOr<DownloadOrder> MakeDownloadOrder(
    const v1::DownloadRequest& asked, const DownloadRules& rules);

// The order of a request that was taken before and whose download has ended, or
// cannot be made any more: enough to recognise the request, and no more of it
// than its id.
DownloadOrder MakePastOrder(v1::DownloadRequest request);

// How often a stream of this request shows progress. For requests that
// MakeDownloadOrder took.
absl::Duration ProgressInterval(const v1::DownloadRequest& request);

}  // namespace localstore::server
