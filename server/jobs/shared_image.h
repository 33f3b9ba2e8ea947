// Downloads of the same image at the same time.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "fetcher/image_fetcher.h"
#include "server/jobs/job.h"

namespace localstore::server {

// Whether `waiting` is better off when it leaves the transfer to `running`:
// both want an image of the same sha256. One that waits for its next attempt
// holds up nobody who knows of another source. Thread-safe.
bool BringsImageFor(const Job& running, const Job& waiting);

// Runs a job: copies the image that one of `copies` has brought, or else
// fetches it. Says so in the job.
absl::StatusOr<fetcher::FetchResult> FetchOrCopy(
    Job& job, const std::vector<std::shared_ptr<Job>>& copies,
    fetcher::ImageFetcher& fetcher);

}  // namespace localstore::server
